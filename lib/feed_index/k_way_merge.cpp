#include "feed_index/k_way_merge.hpp"

#include <algorithm>

#include "feed_index/test_hooks.hpp"

namespace feedctl::feed_index {

namespace {

struct Candidate {
  Id bound;  // no visible post of the author below `before` is newer
  Ordinal author;
};

// A descending position in one author's list.
struct ListCursor {
  Id id;
  const std::uint32_t* position;
  const std::uint32_t* begin;
  Ordinal author;
};

bool is_older(const ListCursor& a, const ListCursor& b) {
  return a.id < b.id;
}

class Merger {
 public:
  Merger(const ReadView& view, Id before, std::size_t limit, std::vector<Item>& items)
      : view_(view), before_(before), limit_(limit), items_(items) {}

  // Reuses the buffers of the thread.
  void run(std::span<const Ordinal> authors, Ordinal self) {
    thread_local std::vector<Candidate> candidates;
    candidates.clear();
    add_candidate(candidates, self);
    for (const auto author : authors) {
      if (author != self) add_candidate(candidates, author);
    }
    cursors_.clear();
    const auto others = start_newest(candidates);
    std::make_heap(cursors_.begin(), cursors_.end(), is_older);
    take_items(others, candidates.end());
  }

 private:
  using Candidates = std::vector<Candidate>;

  // Starts the cursors of as many authors as the page has posts, those with the newest posts.
  // Others take the places of hidden authors, a few times. Returns the authors without a cursor.
  Candidates::iterator start_newest(Candidates& candidates) {
    constexpr int max_rounds = 4;
    auto first = candidates.begin();
    auto wanted = limit_;
    for (int round = 0; round < max_rounds && wanted > 0; ++round) {
      const auto left = static_cast<std::size_t>(candidates.end() - first);
      const auto split = first + static_cast<std::ptrdiff_t>(std::min(wanted, left));
      if (split != candidates.end()) {
        std::nth_element(first, split, candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.bound > b.bound; });
        max_remaining_bound_ = split->bound;
      }
      wanted = 0;
      for (; first != split; ++first) wanted += start_cursor(first->author) ? 0 : 1;
    }
    return first;
  }

  void add_candidate(Candidates& candidates, Ordinal author) const {
    Id newest = view_.accounts.newest_post[author].load(std::memory_order_acquire);
    if (newest < view_.floor || newest == 0) return;
    if (newest >= before_) {
      newest = newest_below(author);
      if (newest == 0) return;
    }
    candidates.push_back({newest, author});
  }

  Id newest_below(Ordinal author) const {
    interleave_for_test();
    const AuthorPosts* list = view_.accounts.post_lists[author].load();
    if (!list) return 0;
    const auto* found = end_below(*list);
    return found == list->ordinals() ? 0 : view_.table.ids[found[-1]];
  }

  // The end of the posts below `before`.
  const std::uint32_t* end_below(const AuthorPosts& list) const {
    const auto* begin = list.ordinals();
    const auto* end = begin + list.size.load(std::memory_order_acquire);
    return std::partition_point(
        begin, end, [&](std::uint32_t post) { return view_.table.ids[post] < before_; });
  }

  // False for a hidden author.
  bool start_cursor(Ordinal author) {
    interleave_for_test();
    const AuthorPosts* list = view_.accounts.post_lists[author].load();
    if (view_.is_hidden(author)) return false;
    if (!list) return true;
    ListCursor cursor{0, end_below(*list), list->ordinals(), author};
    if (advance(cursor)) cursors_.push_back(cursor);
    return true;
  }

  // Moves to the next visible post.
  bool advance(ListCursor& cursor) const {
    while (cursor.position != cursor.begin) {
      const auto post = *--cursor.position;
      interleave_for_test();
      if (!view_.is_visible(post)) continue;
      cursor.id = view_.table.ids[post];
      return cursor.id >= view_.floor;
    }
    return false;
  }

  void take_items(Candidates::iterator others, Candidates::iterator end) {
    while (items_.size() < limit_) {
      if (others != end && (cursors_.empty() || cursors_.front().id < max_remaining_bound_)) {
        for (; others != end; ++others) start_cursor(others->author);
        std::make_heap(cursors_.begin(), cursors_.end(), is_older);
        continue;
      }
      if (cursors_.empty()) return;
      std::pop_heap(cursors_.begin(), cursors_.end(), is_older);
      ListCursor& cursor = cursors_.back();
      items_.push_back({cursor.id, view_.accounts.id(cursor.author)});
      if (advance(cursor))
        std::push_heap(cursors_.begin(), cursors_.end(), is_older);
      else
        cursors_.pop_back();
    }
  }

  const ReadView& view_;
  const Id before_;
  const std::size_t limit_;
  std::vector<Item>& items_;
  Id max_remaining_bound_ = 0;  // the highest bound of the authors without a cursor
  static thread_local std::vector<ListCursor> cursors_;
};

thread_local std::vector<ListCursor> Merger::cursors_;

}  // namespace

void k_way_merge(const ReadView& view, std::span<const Ordinal> authors, Ordinal self, Id before,
                 std::size_t limit, std::vector<Item>& items) {
  Merger(view, before, limit, items).run(authors, self);
}

}  // namespace feedctl::feed_index
