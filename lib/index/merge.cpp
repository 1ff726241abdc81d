#include "index/merge.hpp"

#include <algorithm>

#include "index/between.hpp"

namespace feedctl::index {

namespace {

struct Candidate {
  Id bound;  // no visible post of the author below `before` is newer
  Ordinal author;
};

// A walk down one author's list.
struct Walk {
  Id id;
  const std::uint32_t* at;
  const std::uint32_t* begin;
  Ordinal author;
};

bool older(const Walk& a, const Walk& b) {
  return a.id < b.id;
}

class Merger {
 public:
  Merger(const View& view, Id before, std::size_t limit, std::vector<Item>& items)
      : view_(view), before_(before), limit_(limit), items_(items) {}

  // The buffers of a thread are used again.
  void run(std::span<const Ordinal> authors, Ordinal self) {
    thread_local std::vector<Candidate> candidates;
    candidates.clear();
    consider(candidates, self);
    for (const auto author : authors) {
      if (author != self) consider(candidates, author);
    }
    walks_.clear();
    const auto first = std::min(limit_, candidates.size());
    const auto split = candidates.begin() + static_cast<std::ptrdiff_t>(first);
    if (split != candidates.end()) {
      std::nth_element(candidates.begin(), split, candidates.end(),
                       [](const Candidate& a, const Candidate& b) { return a.bound > b.bound; });
      rest_ = split->bound;
    }
    for (auto c = candidates.begin(); c != split; ++c) start(c->author);
    std::make_heap(walks_.begin(), walks_.end(), older);
    take(split, candidates.end());
  }

 private:
  using Candidates = std::vector<Candidate>;

  void consider(Candidates& candidates, Ordinal author) const {
    Id newest = view_.accounts.newest[author].load(std::memory_order_acquire);
    if (newest < view_.floor || newest == 0) return;
    if (newest >= before_) {
      newest = newest_below(author);
      if (newest == 0) return;
    }
    candidates.push_back({newest, author});
  }

  Id newest_below(Ordinal author) const {
    between();
    const AuthorPosts* list = view_.accounts.posts[author].load();
    if (!list) return 0;
    const auto* found = below(*list);
    return found == list->ordinals() ? 0 : view_.ids[found[-1]];
  }

  // The end of the posts below `before`.
  const std::uint32_t* below(const AuthorPosts& list) const {
    const auto* begin = list.ordinals();
    const auto* end = begin + list.size.load(std::memory_order_acquire);
    return std::partition_point(begin, end,
                                [&](std::uint32_t post) { return view_.ids[post] < before_; });
  }

  void start(Ordinal author) {
    between();
    const AuthorPosts* list = view_.accounts.posts[author].load();
    if (!list || view_.gone(view_.accounts.losses[author].gone.load())) return;
    Walk walk{0, below(*list), list->ordinals(), author};
    if (down(walk)) walks_.push_back(walk);
  }

  // To the next post that the reader sees.
  bool down(Walk& walk) const {
    while (walk.at != walk.begin) {
      const auto post = *--walk.at;
      between();
      if (!view_.shows(post)) continue;
      walk.id = view_.ids[post];
      return walk.id >= view_.floor;
    }
    return false;
  }

  void take(Candidates::iterator others, Candidates::iterator end) {
    while (items_.size() < limit_) {
      if (others != end && (walks_.empty() || walks_.front().id < rest_)) {
        for (; others != end; ++others) start(others->author);
        std::make_heap(walks_.begin(), walks_.end(), older);
        continue;
      }
      if (walks_.empty()) return;
      std::pop_heap(walks_.begin(), walks_.end(), older);
      Walk& walk = walks_.back();
      items_.push_back({walk.id, view_.accounts.id(walk.author)});
      if (down(walk))
        std::push_heap(walks_.begin(), walks_.end(), older);
      else
        walks_.pop_back();
    }
  }

  const View& view_;
  const Id before_;
  const std::size_t limit_;
  std::vector<Item>& items_;
  Id rest_ = 0;  // the highest bound of those that have not started
  static thread_local std::vector<Walk> walks_;
};

thread_local std::vector<Walk> Merger::walks_;

}  // namespace

void merge(const View& view, std::span<const Ordinal> authors, Ordinal self, Id before,
           std::size_t limit, std::vector<Item>& items) {
  Merger(view, before, limit, items).run(authors, self);
}

}  // namespace feedctl::index
