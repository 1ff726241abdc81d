// I10 of the feed index: one of its own, filled and followed as a server's, against the feeds as
// they are defined. Whoever differs is looked at again until the definition stands still around the
// index's page, so what is only news on its way is no drift.
#include <algorithm>
#include <limits>
#include <string_view>
#include <thread>

#include "base/error.hpp"
#include "events/log.hpp"
#include "feed/feed.hpp"
#include "feed/index_keeper.hpp"
#include "sql/verify.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t largest_slice = 256;
constexpr std::size_t page = 100;
constexpr int differences = 3, looks = 100;
constexpr milliseconds between_looks{20}, between_rounds{100};
constexpr std::chrono::seconds patience{10};
constexpr Id newest = std::numeric_limits<Id>::max();

// Of one user, from the floor on.
struct Defined {
  Id user;
  events::Snapshot at;
  Ids posts;
};

// Of "3,2,1".
Ids ids_in(std::string_view list) {
  Ids ids;
  for (std::size_t at = 0; at < list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    ids.push_back(parse_id(list.substr(at, end - at)).value());
    at = end + 1;
  }
  return ids;
}

std::vector<Defined> defined_by(const store::Result& rows) {
  std::vector<Defined> feeds;
  for (const auto row : rows) {
    feeds.push_back({row.integer(0), events::snapshot_of(row.text(1)), ids_in(row.text(2))});
  }
  return feeds;
}

// "" where they agree. `partly`: `shown` may end early.
std::string difference(const Ids& shown, const Ids& defined, bool partly) {
  const auto [s, d] = std::mismatch(shown.begin(), shown.end(), defined.begin(), defined.end());
  if (s == shown.end() && (partly || d == defined.end())) return "";
  if (d == defined.end() || (s != shown.end() && *s > *d))
    return "shows post " + std::to_string(*s);
  return "lacks post " + std::to_string(*d);
}

class IndexCheck {
 public:
  IndexCheck(Audit& audit, const Options::Index& options)
      : audit_(audit),
        watch_(options.watch),
        finding_(audit.begin("I10", "feed index")),
        keeper_(audit.database(), {options.days, options.bytes}) {}

  void run() {
    while (!keeper_.ready()) {
      if (audit_.stopped()) return;
      events::check_home(audit_.database());  // the keeper would only try again
      std::this_thread::sleep_for(between_looks);
    }
    const auto mend = [this] { compare(); };
    audit_.slices(
        sql::verify::users_after,
        [this](store::ReadTx& tx, const Ids& users) {
          look(tx, users);
          if (watch_.count() > 0) users_.insert(users_.end(), users.begin(), users.end());
        },
        mend, largest_slice);
    for (const auto end = Deadline::after(watch_); !end.over() && !audit_.stopped();) {
      round();
      std::this_thread::sleep_for(std::min(between_rounds, end.left()));
    }
  }

 private:
  struct Shown {
    Ids posts;
    bool answered = false, whole = false;
  };

  void round() {
    for (std::size_t from = 0; from < users_.size() && !audit_.stopped();) {
      const auto upto = std::min(users_.size(), from + static_cast<std::size_t>(largest_slice));
      {
        auto tx = audit_.database().snapshot();
        look(tx, Ids(users_.begin() + static_cast<std::ptrdiff_t>(from),
                     users_.begin() + static_cast<std::ptrdiff_t>(upto)));
      }
      compare();
      from = upto;
    }
  }

  void look(store::ReadTx& tx, const Ids& users) {
    floor_ = keeper_.floor();
    defined_ = defined_by(tx.query(sql::verify::index_feeds, store::params(users, floor_)));
  }

  void compare() {
    for (const auto& defined : defined_) {
      const auto shown = show(defined);
      if (!shown.answered) continue;
      audit_.checked(finding_, 1);
      if (!differs(defined, shown).empty()) look_again(defined.user);
    }
    defined_.clear();
  }

  // What the index answers, which has at least what the definition had.
  Shown show(const Defined& defined) {
    if (!keeper_.wait_for({defined.at, std::nullopt}, Deadline::after(patience)))
      throw Error(ErrorCode::unavailable, "the feed index does not come to the end of the log");
    Shown shown;
    for (Id before = newest;;) {
      if (!keeper_.read_or_load(defined.user, before, page, page_, Deadline::after(patience)))
        return shown;
      shown.answered = true;
      for (const auto& item : page_.items) shown.posts.push_back(item.post);
      shown.whole = !page_.more;
      if (shown.whole || page_.items.empty()) return shown;
      before = page_.items.back().post;
    }
  }

  std::string differs(const Defined& defined, const Shown& shown) {
    const auto floor = std::partition_point(shown.posts.begin(), shown.posts.end(),
                                            [&](Id post) { return post >= floor_; });
    const Ids above(shown.posts.begin(), floor), below(floor, shown.posts.end());
    const bool partly = !shown.whole && below.empty();
    auto found = difference(above, defined.posts, partly);
    if (!found.empty() || partly) return found;
    const auto read =
        feed::read_at(audit_.database(), defined.user, floor_, static_cast<int>(page));
    Ids posts;
    for (const auto& post : read.page.posts) posts.push_back(post.id);
    return difference(below, posts, !shown.whole);
  }

  std::vector<Defined> define(Id user) {
    return defined_by(
        audit_.database().read(sql::verify::index_feeds, store::params(Ids{user}, floor_)));
  }

  void look_again(Id user) {
    auto before = define(user);
    for (int look = 0, differed = 0; look < looks && !before.empty(); ++look) {
      const auto shown = show(before.front());
      const auto what = shown.answered ? differs(before.front(), shown) : "";
      if (what.empty()) return;
      auto after = define(user);
      if (after.empty()) return;
      differed = before.front().posts == after.front().posts ? differed + 1 : 0;
      if (differed == differences)
        return audit_.found(finding_, "the index of user " + std::to_string(user) + " " + what);
      before = std::move(after);
      std::this_thread::sleep_for(between_looks);
    }
  }

  Audit& audit_;
  const milliseconds watch_;
  Finding& finding_;
  feed::IndexKeeper keeper_;
  Id floor_ = 0;
  std::vector<Defined> defined_;
  Ids users_;  // to be looked at again
  index::Page page_;
};

}  // namespace

void check_index(Audit& audit, const Options::Index& options) {
  IndexCheck(audit, options).run();
}

}  // namespace feedctl::verify
