// I1: every row that the read model promises is there.
#include "base/time.hpp"
#include "feed/retention.hpp"
#include "sql/verify.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {
namespace {

constexpr std::size_t insert_at_once = 10000;

struct Missing {
  Ids users, posts, authors;
};

void look(Audit& audit, Finding& finding, store::ReadTx& tx, const Ids& users, Missing& missing) {
  const auto counted = tx.query(sql::verify::rows_counted, store::params(users));
  audit.checked(finding, counted.only().integer(0));
  if (counted.only().integer(1) == 0) return;
  for (const auto row : tx.query(sql::verify::rows_missing, store::params(users))) {
    audit.found(finding, "user " + std::to_string(row.integer(0)) + " lacks post " +
                             std::to_string(row.integer(1)));
    if (!audit.repairs()) continue;
    missing.users.push_back(row.integer(0));
    missing.posts.push_back(row.integer(1));
    missing.authors.push_back(row.integer(2));
  }
}

Ids piece(const Ids& all, std::size_t from) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
  const auto left = std::min(insert_at_once, all.size() - from);
  return {begin, begin + static_cast<std::ptrdiff_t>(left)};
}

void mend(Audit& audit, Finding& finding, Missing& missing) {
  for (std::size_t from = 0; from < missing.users.size(); from += insert_at_once) {
    const auto users = piece(missing.users, from);
    const auto what = std::to_string(users.size()) + " rows of users " +
                      std::to_string(users.front()) + " to " + std::to_string(users.back());
    const bool done = audit.mended(what, [&] {
      audit.database().command(
          sql::verify::rows_add,
          store::params(users, piece(missing.posts, from), piece(missing.authors, from)));
    });
    if (done) audit.repaired(finding, "added " + what, static_cast<std::int64_t>(users.size()));
  }
  missing = {};
}

// A floor that lies too high promises nothing, and so nothing would be missing.
void check_floor(Audit& audit) {
  auto& finding = audit.begin("I1", "floor of home feeds' rows");
  const int days = audit.options().rows_days;
  const auto ahead = audit.database().read(sql::verify::floor_ahead);
  audit.checked(finding, 1);
  if (ahead.empty()) return;
  audit.found(finding, "rows answer for posts from " +
                           rfc3339(time_of_id(ahead.only().integer(0))) + " on, " +
                           std::to_string(ahead.only().integer(1)) +
                           " s too late: a clock was ahead");
  if (!audit.repairs()) return;
  // The floor is a time of the server's; this machine's clock may be another.
  const auto now = ahead.only().time(2);
  bool lowered = false;
  const bool done = audit.mended("the floor of home feeds' rows", [&] {
    lowered = feed::lower_floor(audit.database(), days, audit.options().keeps_all, now);
  });
  if (lowered)
    audit.repaired(finding, "lowered the floor; home feeds are filled anew");
  else if (done)
    finding.examples.push_back("the floor was not lowered: it lies right by now; verify again");
}

}  // namespace

void check_rows(Audit& audit) {
  check_floor(audit);
  auto& finding = audit.begin("I1", "rows of home feeds");
  Missing missing;
  std::int64_t feeds = 0;
  audit.slices(
      sql::verify::feeds_after,
      [&](store::ReadTx& tx, const Ids& users) {
        feeds += static_cast<std::int64_t>(users.size());
        look(audit, finding, tx, users, missing);
      },
      [&] { mend(audit, finding, missing); });
  if (feeds > 0 && finding.checked == 0)
    finding.examples.push_back("nothing was checked: these " + std::to_string(feeds) +
                               " feeds hold no post above the floor");
}

}  // namespace feedctl::verify
