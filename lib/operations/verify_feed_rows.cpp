// I1: every row that the read model promises exists.
#include <algorithm>

#include "base/time.hpp"
#include "feed_materialized/feed_floor_recovery.hpp"
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

constexpr std::size_t insert_batch_size = 10000;

struct MissingRows {
  Ids users, posts, authors;
};

void find_missing(Audit& audit, CheckResult& result, store::ReadTx& tx, const Ids& users,
                  MissingRows& missing) {
  const auto counted = tx.query(sql::verify::rows_counted, store::params(users));
  audit.add_checked(result, counted.single_row().integer(0));
  if (counted.single_row().integer(1) == 0) return;
  for (const auto row : tx.query(sql::verify::rows_missing, store::params(users))) {
    audit.add_drift(result, "user " + std::to_string(row.integer(0)) + " lacks post " +
                                std::to_string(row.integer(1)));
    if (!audit.should_repair()) continue;
    missing.users.push_back(row.integer(0));
    missing.posts.push_back(row.integer(1));
    missing.authors.push_back(row.integer(2));
  }
}

Ids batch_from(const Ids& all, std::size_t from) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
  const auto left = std::min(insert_batch_size, all.size() - from);
  return {begin, begin + static_cast<std::ptrdiff_t>(left)};
}

void repair_missing(Audit& audit, CheckResult& result, MissingRows& missing) {
  for (std::size_t from = 0; from < missing.users.size(); from += insert_batch_size) {
    const auto users = batch_from(missing.users, from);
    const auto what = std::to_string(users.size()) + " rows of users " +
                      std::to_string(users.front()) + " to " + std::to_string(users.back());
    const bool done = audit.repair_with_retry(what, [&] {
      audit.database().execute(
          sql::verify::rows_add,
          store::params(users, batch_from(missing.posts, from), batch_from(missing.authors, from)));
    });
    if (done) audit.add_repaired(result, "added " + what, static_cast<std::int64_t>(users.size()));
  }
  missing = {};
}

// The row check covers only posts above the feed floor, so a floor that is too high would hide
// missing rows.
void check_feed_floor(Audit& audit) {
  auto& result = audit.begin_check("I1", "floor of home feeds' rows");
  const int days = audit.options().rows_days;
  const auto ahead = audit.database().read(sql::verify::floor_ahead);
  audit.add_checked(result, 1);
  if (ahead.empty()) return;
  audit.add_drift(result, "rows answer for posts from " +
                              rfc3339(time_of_id(ahead.single_row().integer(0))) + " on, " +
                              std::to_string(ahead.single_row().integer(1)) +
                              " s too late: a clock was ahead");
  if (!audit.should_repair()) return;
  // The feed floor is a time of the server's clock; this machine's clock may differ.
  const auto now = ahead.single_row().time(2);
  bool lowered = false;
  const bool done = audit.repair_with_retry("the floor of home feeds' rows", [&] {
    lowered = feed_materialized::lower_feed_floor(audit.database(), days,
                                                  audit.options().materializes_all, now);
  });
  if (lowered)
    audit.add_repaired(result, "lowered the floor; home feeds are filled again");
  else if (done)
    result.examples.push_back("the floor was not lowered: it is right by now; verify again");
}

}  // namespace

void check_feed_rows(Audit& audit) {
  check_feed_floor(audit);
  auto& result = audit.begin_check("I1", "rows of home feeds");
  MissingRows missing;
  std::int64_t feeds = 0;
  audit.for_each_slice(
      sql::verify::feeds_after,
      [&](store::ReadTx& tx, const Ids& users) {
        feeds += static_cast<std::int64_t>(users.size());
        find_missing(audit, result, tx, users, missing);
      },
      [&] { repair_missing(audit, result, missing); });
  if (feeds > 0 && result.checked == 0)
    result.examples.push_back("nothing was checked: these " + std::to_string(feeds) +
                              " feeds hold no post above the floor");
}

}  // namespace feedctl::operations
