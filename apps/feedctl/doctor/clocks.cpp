// What a clock that was wrong has left in the database.
#include "config/config.hpp"
#include "feedctl/doctor/findings.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::cli::checks {

namespace {

using std::to_string;

constexpr std::int64_t window_tolerance_s = 60, floor_tolerance_s = 86400;

void warn(Findings& findings, const char* check, std::string text, const char* fix,
          std::int64_t measure) {
  findings.push_back({check, Level::warning, std::move(text), fix, static_cast<double>(measure)});
}

void look(Findings& findings, store::Database& database, const config::Config& config) {
  const auto found = database.read(sql::doctor::clocks);
  const auto row = found.only();
  const auto window = row.integer(0), floor = row.integer(1), jobs = row.integer(2);
  const auto before = findings.size();
  if (window > window_tolerance_s)
    warn(findings, "hot_window",
         "the hot feed's window ends " + to_string(window) + " s after now: a clock was ahead",
         "set the clock right; feedctl verify --invariant I11 --all --repair", window);
  if (floor > floor_tolerance_s)
    warn(findings, "feed_floor",
         "the rows of home feeds begin " + to_string(floor) + " s too late: a clock was ahead",
         "set the clock right; feedctl verify --invariant I1 --all --repair", floor);
  if (jobs > 0)
    warn(findings, "job_times",
         to_string(jobs) + " jobs wait for longer than they were to: a clock was ahead",
         "set the clock right; feedctl work", jobs);
  if (findings.size() == before)
    findings.push_back({"clock_marks", Level::ok, "nothing lies ahead of the clock"});
  const auto steady = row.integer(3);
  const auto settling =
      std::chrono::duration_cast<std::chrono::seconds>(config.work.clock_settling).count();
  findings.push_back({"upkeep_clock", Level::ok,
                      steady >= settling ? "the clock has not jumped lately: what is old is removed"
                                         : "workers have seen the clock without a jump for " +
                                               to_string(steady) + " s of " + to_string(settling) +
                                               " s: until then nothing that is old is removed",
                      "", static_cast<double>(steady)});
}

}  // namespace

void check_clocks(Findings& findings, store::Database& database, const config::Config& config) {
  guarded(findings, "clock_marks", [&] { look(findings, database, config); });
}

}  // namespace feedctl::cli::checks
