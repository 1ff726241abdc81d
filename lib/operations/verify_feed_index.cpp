// I10 of the feed index: compares an index of its own, loaded and updated as a server's, with the
// defining query. A user whose feed differs is compared again until the query gives the same before
// and after the index's page. So an event that the index has not applied yet is not drift.
#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "events/consumer_log.hpp"
#include "feed/feed_reader.hpp"
#include "feed_index/index_queries.hpp"
#include "feed_index/index_updater.hpp"
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "posts/posts.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t max_slice_size = 256;
constexpr std::size_t page_size = 100;
constexpr int required_differences = 3, max_rechecks = 100;
constexpr milliseconds recheck_interval{20}, round_interval{100};
constexpr std::chrono::seconds index_timeout{10};

// One user's feed by the defining query, from the floor on.
struct DefinedFeed {
  Id user;
  events::PgSnapshot snapshot;
  Ids posts;
};

std::vector<DefinedFeed> to_defined_feeds(const store::Result& rows) {
  std::vector<DefinedFeed> feeds;
  for (const auto row : rows) {
    feeds.push_back(
        {row.integer(0), events::parse_snapshot(row.text(1)), feed_index::parse_ids(row.text(2))});
  }
  return feeds;
}

// "" if they agree. `partly`: `shown` may end early.
std::string describe_difference(const Ids& shown, const Ids& defined, bool partly) {
  const auto [s, d] = std::mismatch(shown.begin(), shown.end(), defined.begin(), defined.end());
  if (s == shown.end() && (partly || d == defined.end())) return "";
  if (d == defined.end() || (s != shown.end() && *s > *d))
    return "shows post " + std::to_string(*s);
  return "lacks post " + std::to_string(*d);
}

class IndexCheck {
 public:
  IndexCheck(Audit& audit, const VerifyOptions::Index& options)
      : audit_(audit),
        watch_duration_(options.watch_duration),
        result_(audit.begin_check("I10", "feed index")),
        updater_(audit.database(), {options.days, options.bytes}) {}

  void run() {
    while (!updater_.is_ready()) {
      if (audit_.should_stop()) return;
      events::require_home_cluster(audit_.database());  // the updater would only retry
      std::this_thread::sleep_for(recheck_interval);
    }
    const auto repair = [this] { compare_all(); };
    audit_.for_each_slice(
        sql::verify::users_after,
        [this](store::ReadTx& tx, const Ids& users) {
          load_definitions(tx, users);
          if (watch_duration_.count() > 0) users_.insert(users_.end(), users.begin(), users.end());
        },
        repair, max_slice_size);
    for (const auto end = Deadline::after(watch_duration_);
         !end.is_expired() && !audit_.should_stop();) {
      recheck_users();
      std::this_thread::sleep_for(std::min(round_interval, end.remaining()));
    }
  }

 private:
  struct IndexedFeed {
    Ids posts;
    bool is_loaded = false, is_complete = false;
  };

  void recheck_users() {
    for (std::size_t from = 0; from < users_.size() && !audit_.should_stop();) {
      const auto upto = std::min(users_.size(), from + static_cast<std::size_t>(max_slice_size));
      {
        auto tx = audit_.database().snapshot();
        load_definitions(tx, Ids(users_.begin() + static_cast<std::ptrdiff_t>(from),
                                 users_.begin() + static_cast<std::ptrdiff_t>(upto)));
      }
      compare_all();
      from = upto;
    }
  }

  void load_definitions(store::ReadTx& tx, const Ids& users) {
    floor_ = updater_.floor();
    defined_ = to_defined_feeds(tx.query(sql::verify::index_feeds, store::params(users, floor_)));
  }

  void compare_all() {
    for (const auto& defined : defined_) {
      const auto shown = read_index(defined);
      if (!shown.is_loaded) continue;
      audit_.add_checked(result_, 1);
      if (!compare_feed(defined, shown).empty()) recheck(defined.user);
    }
    defined_.clear();
  }

  // Reads the feed from the index, once the index has all events of the defining query's snapshot.
  IndexedFeed read_index(const DefinedFeed& defined) {
    if (!updater_.wait_until_covered({defined.snapshot, std::nullopt},
                                     Deadline::after(index_timeout)))
      throw Error(ErrorCode::unavailable, "the feed index does not reach the end of the log");
    IndexedFeed shown;
    for (Id before = posts::max_id;;) {
      if (!updater_.read_or_load(defined.user, before, page_size, page_,
                                 Deadline::after(index_timeout)))
        return shown;
      shown.is_loaded = true;
      for (const auto& item : page_.items) shown.posts.push_back(item.post);
      shown.is_complete = !page_.has_more;
      if (shown.is_complete || page_.items.empty()) return shown;
      before = page_.items.back().post;
    }
  }

  std::string compare_feed(const DefinedFeed& defined, const IndexedFeed& shown) {
    const auto floor = std::partition_point(shown.posts.begin(), shown.posts.end(),
                                            [&](Id post) { return post >= floor_; });
    const Ids above(shown.posts.begin(), floor), below(floor, shown.posts.end());
    const bool partly = !shown.is_complete && below.empty();
    auto found = describe_difference(above, defined.posts, partly);
    if (!found.empty() || partly) return found;
    const auto read =
        feed::query_feed(audit_.database(), defined.user, floor_, static_cast<int>(page_size));
    Ids posts;
    for (const auto& post : read.page.posts) posts.push_back(post.id);
    return describe_difference(below, posts, !shown.is_complete);
  }

  std::vector<DefinedFeed> load_definition(Id user) {
    return to_defined_feeds(
        audit_.database().read(sql::verify::index_feeds, store::params(Ids{user}, floor_)));
  }

  void recheck(Id user) {
    auto before = load_definition(user);
    for (int attempt = 0, differed = 0; attempt < max_rechecks && !before.empty(); ++attempt) {
      const auto shown = read_index(before.front());
      const auto what = shown.is_loaded ? compare_feed(before.front(), shown) : "";
      if (what.empty()) return;
      auto after = load_definition(user);
      if (after.empty()) return;
      differed = before.front().posts == after.front().posts ? differed + 1 : 0;
      if (differed == required_differences)
        return audit_.add_drift(result_, "the index of user " + std::to_string(user) + " " + what);
      before = std::move(after);
      std::this_thread::sleep_for(recheck_interval);
    }
  }

  Audit& audit_;
  const milliseconds watch_duration_;
  CheckResult& result_;
  feed_index::IndexUpdater updater_;
  Id floor_ = 0;
  std::vector<DefinedFeed> defined_;
  Ids users_;  // to be compared again
  feed_index::Page page_;
};

}  // namespace

void check_feed_index(Audit& audit, const VerifyOptions::Index& options) {
  IndexCheck(audit, options).run();
}

}  // namespace feedctl::operations
