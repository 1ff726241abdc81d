// I6: no event and no job waits for longer than it may. I11: hot's scores are its window's likes.
#include "hot/hot.hpp"
#include "sql/verify.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {
namespace {

constexpr int event_bound = 30;                               // seconds
constexpr std::int64_t longest_ahead = 60;                    // seconds
constexpr int job_bound[] = {5 * 60, 60 * 60, 24 * 60 * 60};  // by lane

std::string seconds(std::int64_t n) {
  return std::to_string(n) + " s";
}

void consumers(Audit& audit) {
  auto& finding = audit.begin("I6", "consumers of the log");
  const auto late = audit.database().read(sql::verify::consumers_late, store::params(event_bound));
  audit.checked(finding, late.only().integer(0));
  for (const auto row : late) {
    if (row.null(1)) continue;
    audit.found(finding, "slot " + std::to_string(row.integer(2)) + " of " +
                             std::string(row.text(1)) + " has " + std::to_string(row.integer(3)) +
                             " events waiting, the oldest for " + seconds(row.integer(4)));
  }
}

void jobs(Audit& audit) {
  auto& finding = audit.begin("I6", "jobs");
  const auto late = audit.database().read(sql::verify::jobs_late,
                                          store::params(job_bound[0], job_bound[1], job_bound[2]));
  audit.checked(finding, late.only().integer(0));
  for (const auto row : late) {
    if (row.null(1)) continue;
    const auto job = "job " + std::to_string(row.integer(1)) + " (" + std::string(row.text(2)) +
                     " of " + std::to_string(row.integer(3)) + ")";
    const auto time = seconds(row.integer(4));
    audit.found(finding, row.boolean(5) ? job + " waits for " + time + " longer than it was to"
                                        : job + " has been due for " + time);
  }
}

// A figure: what was given up is no drift by itself, what it left undone is found as such.
void dead_letters(Audit& audit) {
  auto& finding = audit.begin("I6", "dead letters");
  audit.checked(finding, audit.database().read(sql::verify::dead_letters).only().integer(0));
}

void repair_hot(Audit& audit, Finding& finding) {
  const bool done = audit.mended("hot scores", [&] { hot::recompute_scores(audit.database()); });
  if (done) audit.repaired(finding, "counted the hot scores anew", finding.drift);
}

}  // namespace

void check_flow(Audit& audit) {
  consumers(audit);
  jobs(audit);
  dead_letters(audit);
}

void check_hot(Audit& audit) {
  auto& finding = audit.begin("I11", "hot scores");
  {
    auto tx = audit.database().snapshot();
    const auto wrong = tx.query(sql::verify::hot_wrong);
    audit.checked(finding, wrong.only().integer(0));
    if (!wrong.only().boolean(2)) {
      audit.found(finding, "the log no longer holds what hot has not counted");
    } else {
      for (const auto row : wrong) {
        if (row.null(3)) continue;
        audit.found(finding, "post " + std::to_string(row.integer(3)) + " scores " +
                                 std::to_string(row.integer(4)) + " instead of " +
                                 std::to_string(row.integer(5)));
      }
      finding.drift = wrong.only().integer(1);
      if (const auto ahead = wrong.only().integer(6); ahead > longest_ahead)
        audit.found(finding, "the window ends " + seconds(ahead) + " after now: a clock was ahead");
    }
  }
  if (finding.drift > 0 && audit.repairs()) repair_hot(audit, finding);
}

}  // namespace feedctl::verify
