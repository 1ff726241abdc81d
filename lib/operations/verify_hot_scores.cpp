// I11: the hot feed's scores equal the likes of its window.
#include "hot/hot_feed.hpp"
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

constexpr std::int64_t max_clock_ahead_s = 60;

void repair_hot(Audit& audit, CheckResult& result) {
  const bool done =
      audit.repair_with_retry("hot scores", [&] { hot::recompute_scores(audit.database()); });
  if (done) audit.add_repaired(result, "counted the hot scores again", result.drift);
}

}  // namespace

void check_hot_scores(Audit& audit) {
  auto& result = audit.begin_check("I11", "hot scores");
  {
    auto tx = audit.database().snapshot();
    const auto wrong = tx.query(sql::verify::hot_wrong);
    audit.add_checked(result, wrong.single_row().integer(0));
    if (!wrong.single_row().boolean(2)) {
      audit.add_drift(result, "the log no longer holds likes that the hot scores have not counted");
    } else {
      for (const auto row : wrong) {
        if (row.is_null(3)) continue;
        audit.add_drift(result, "post " + std::to_string(row.integer(3)) + " scores " +
                                    std::to_string(row.integer(4)) + " instead of " +
                                    std::to_string(row.integer(5)));
      }
      result.drift = wrong.single_row().integer(1);
      if (const auto ahead = wrong.single_row().integer(6); ahead > max_clock_ahead_s)
        audit.add_drift(result, "the window ends " + std::to_string(ahead) + " s" +
                                    " after now: a clock was ahead");
    }
  }
  if (result.drift > 0 && audit.should_repair()) repair_hot(audit, result);
}

}  // namespace feedctl::operations
