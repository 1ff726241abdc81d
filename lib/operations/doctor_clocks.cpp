#include "operations/doctor_clocks.hpp"

#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t window_tolerance_s = 60, feed_floor_tolerance_s = 86400;

void add_warning(Findings& findings, const char* check, std::string text, const char* fix,
                 std::int64_t measure) {
  findings.push_back(
      {check, Severity::warning, std::move(text), fix, static_cast<double>(measure)});
}

void check_clock_marks(Findings& findings, store::Database& database,
                       const config::Config& config) {
  const auto found = database.read(sql::doctor::clocks);
  const auto row = found.single_row();
  const auto window = row.integer(0), feed_floor = row.integer(1), jobs = row.integer(2);
  const auto before = findings.size();
  if (window > window_tolerance_s)
    add_warning(
        findings, "hot_window",
        "the hot feed's window ends " + to_string(window) + " s after now: a clock was ahead",
        "set the clock right; feedctl verify --invariant I11 --all --repair", window);
  if (feed_floor > feed_floor_tolerance_s)
    add_warning(
        findings, "feed_floor",
        "the rows of home feeds begin " + to_string(feed_floor) + " s too late: a clock was ahead",
        "set the clock right; feedctl verify --invariant I1 --all --repair", feed_floor);
  if (jobs > 0)
    add_warning(findings, "job_times",
                to_string(jobs) + " jobs are scheduled later than intended: a clock was ahead",
                "set the clock right; feedctl work", jobs);
  if (findings.size() == before)
    findings.push_back({"clock_marks", Severity::ok, "nothing lies ahead of the clock"});
  const auto steady = row.integer(3);
  const auto settling =
      std::chrono::duration_cast<std::chrono::seconds>(config.work.clock_settling).count();
  findings.push_back({"upkeep_clock", Severity::ok,
                      steady >= settling ? "the clock has not jumped lately: old data is removed"
                                         : "workers have seen the clock without a jump for " +
                                               to_string(steady) + " s of " + to_string(settling) +
                                               " s: until then no old data is removed",
                      "", static_cast<double>(steady)});
}

}  // namespace

void check_clocks(Findings& findings, store::Database& database, const config::Config& config) {
  run_check(findings, "clock_marks", [&] { check_clock_marks(findings, database, config); });
}

}  // namespace feedctl::operations
