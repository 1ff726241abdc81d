#include "feedctl/loadtest/drill.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/time.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/dev/dev_environment.hpp"
#include "feedctl/loadtest/drill_fault.hpp"
#include "feedctl/loadtest/drill_load.hpp"
#include "feedctl/loadtest/drill_report.hpp"
#include "feedctl/loadtest/drill_stack.hpp"
#include "feedctl/loadtest/plan.hpp"
#include "feedctl/loadtest/result_file.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/html_report.hpp"
#include "loadtest/mix_reader.hpp"
#include "loadtest/result_json.hpp"
#include "loadtest/stages.hpp"

namespace feedctl::cli {

namespace {

using loadtest::Clock;
using loadtest::Drill;
using loadtest::DrillEvidence;
using std::chrono::milliseconds;

constexpr milliseconds sample_interval{250};
constexpr std::chrono::seconds max_drain{120};

// One drill on a started stack.
class DrillRun {
 public:
  DrillRun(const Runtime& runtime, Drill drill, const DrillOptions& options, DrillStack& stack,
           const StopSignals& signals)
      : runtime_(runtime),
        options_(options),
        stack_(stack),
        signals_(signals),
        load_(options, stack.port(), may_lose_views(drill)) {
    evidence_.drill = drill;
  }

  loadtest::LoadResult run();
  const DrillEvidence& evidence() const { return evidence_; }

 private:
  void wait_until(milliseconds elapsed);
  void sample_backlog();
  void note_if_drained();
  void drain();
  void finish_evidence();
  void add_labels(loadtest::LoadResult& result) const;

  const Runtime& runtime_;
  const DrillOptions& options_;
  DrillStack& stack_;
  const StopSignals& signals_;
  DrillEvidence evidence_;
  DrillLoad load_;
  milliseconds fault_from_{}, fault_to_{};  // from the start of the load
};

loadtest::LoadResult DrillRun::run() {
  const auto drill = evidence_.drill;
  const auto third = options_.duration / 3;
  load_.start();
  wait_until(DrillLoad::warm_up + third);
  evidence_.backlog_before = evidence_.backlog_peak;
  evidence_.backlog_peak = 0;
  runtime_.notice(begin_text(drill));
  // A restart counts from the signal on; other faults once they are there.
  if (!lasts(drill)) evidence_.fault_from = Clock::now();
  fault_from_ = load_.elapsed();
  begin_fault(stack_, drill);
  if (lasts(drill)) {
    evidence_.fault_from = Clock::now();
    fault_from_ = load_.elapsed();
    wait_until(DrillLoad::warm_up + 2 * third);
  }
  runtime_.notice(end_text(drill));
  evidence_.fault_to = Clock::now();
  end_fault(stack_, drill);
  fault_to_ = load_.elapsed();
  drain();
  while (!load_.is_over() && !signals_.is_raised()) wait_until(load_.elapsed() + sample_interval);
  if (signals_.is_raised()) load_.stop();
  auto result = load_.finish();
  if (!signals_.is_raised()) finish_evidence();
  add_labels(result);
  return result;
}

void DrillRun::wait_until(milliseconds elapsed) {
  while (load_.elapsed() < elapsed && !load_.is_over() && !signals_.is_raised()) {
    if (can_count_backlog(evidence_.drill)) sample_backlog();
    std::this_thread::sleep_for(
        std::clamp(elapsed - load_.elapsed(), milliseconds{1}, sample_interval));
  }
}

void DrillRun::sample_backlog() {
  const auto events = stack_.backlog();
  if (!events) return;
  load_.set_backlog(*events);
  evidence_.backlog_end = *events;
  evidence_.backlog_peak = std::max(evidence_.backlog_peak, *events);
}

void DrillRun::note_if_drained() {
  constexpr std::int64_t usual_backlog = 10;
  if (evidence_.drained_after) return;
  if (evidence_.backlog_end > std::max(evidence_.backlog_before, usual_backlog)) return;
  evidence_.drained_after =
      std::chrono::duration_cast<milliseconds>(Clock::now() - evidence_.fault_to);
}

// While the load goes on.
void DrillRun::drain() {
  if (!can_count_backlog(evidence_.drill)) return;
  while (!evidence_.drained_after && !load_.is_over() && !signals_.is_raised()) {
    sample_backlog();
    note_if_drained();
    std::this_thread::sleep_for(milliseconds{50});
  }
}

// Once the load is over, so that what waits only drains.
void DrillRun::finish_evidence() {
  const auto deadline = Deadline::after(max_drain);
  do {
    evidence_.backlog_end = stack_.backlog().value_or(evidence_.backlog_end);
    note_if_drained();
    std::this_thread::sleep_for(sample_interval);
  } while (evidence_.backlog_end > 0 && !deadline.is_expired() && !signals_.is_raised());
  runtime_.notice("comparing the data: feedctl verify --all");
  const auto fault = stack_.verify();
  evidence_.is_verify_clean = !fault.has_value();
  evidence_.verify_note = fault.value_or("");
  evidence_.answers = load_.answers().answers();
  evidence_.checks = load_.checks().check_count();
  evidence_.findings = load_.checks().finding_count();
}

void DrillRun::add_labels(loadtest::LoadResult& result) const {
  const auto seconds = [](milliseconds time) {
    const auto tenths = time.count() / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  };
  result.labels = options_.labels;
  result.labels["drill"] = name_of(evidence_.drill);
  result.labels["fault_from"] = seconds(fault_from_);
  result.labels["fault_to"] = seconds(fault_to_);
}

Drill require_drill(const DrillOptions& options) {
  const auto drill = loadtest::parse_drill(options.name);
  if (!drill) throw Error(ErrorCode::usage, "no drill is called " + options.name);
  if (options.duration < min_drill_duration) {
    throw Error(ErrorCode::usage, "a drill needs a longer load")
        .with_hint("--duration 6s at least: before, during and after the fault a third each");
  }
  if (options.duration > loadtest::max_run)
    throw Error(ErrorCode::usage, "--duration is at most 24h");
  if (options.rate <= 0) throw Error(ErrorCode::usage, "--rate must be above 0");
  check_writable("--report", options.report);
  check_writable("--result", options.result);
  return *drill;
}

// The report and the result have the verdict as notes.
void add_verdict(loadtest::LoadResult& result, const std::vector<loadtest::VerdictRow>& rows) {
  std::vector<std::string> notes;
  for (const auto& row : rows) {
    notes.push_back(std::string(name_of(row.result)) + ": " +
                    (row.requirement.empty() ? "" : row.requirement + " ") + row.promise + ". " +
                    row.evidence);
  }
  result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
}

int finish(const Runtime& runtime, const DrillOptions& options, const DrillRun& run,
           loadtest::LoadResult result) {
  const auto rows = judge(run.evidence());
  add_verdict(result, rows);
  if (options.result) write_report_file(*options.result, loadtest::write_json(result));
  if (options.report) write_report_file(*options.report, loadtest::html_report(result));
  print_drill(runtime, run.evidence().drill, rows, result);
  return has_failed(rows) ? exit_negative : exit_ok;
}

// A second signal ends the processes at once. The object ends before the stack.
class ForceStopOnSecondSignal {
 public:
  ForceStopOnSecondSignal(StopSignals& signals, DrillStack& stack) : signals_(signals) {
    signals_.set_on_second([&stack] { stack.servers().supervisor().force_stop(); });
  }
  ~ForceStopOnSecondSignal() { signals_.set_on_second({}); }
  ForceStopOnSecondSignal(const ForceStopOnSecondSignal&) = delete;
  ForceStopOnSecondSignal& operator=(const ForceStopOnSecondSignal&) = delete;

 private:
  StopSignals& signals_;
};

int run_on_stack(const Runtime& runtime, Drill drill, const DrillOptions& options,
                 StopSignals& signals) {
  DrillStack stack(signals);
  const ForceStopOnSecondSignal force_stop(signals, stack);
  runtime.notice("starting PostgreSQL, Redis, serve and work for the drill");
  stack.start();
  DrillRun run(runtime, drill, options, stack, signals);
  runtime.notice("load at " + stack.origin());
  auto result = run.run();
  if (signals.is_raised()) return 128 + signals.first_signal();
  return finish(runtime, options, run, std::move(result));
}

}  // namespace

std::vector<std::string> drill_names() {
  return loadtest::drill_names();
}

int run_drill(Runtime& runtime, const DrillOptions& options) {
  const auto drill = require_drill(options);
  loadtest::load_mix(options.mix);  // its mistakes show before the servers start
  sanitize_dev_environment();
  StopSignals signals;
  try {
    return run_on_stack(runtime, drill, options, signals);
  } catch (const Error&) {
    if (!signals.is_raised()) throw;
    return 128 + signals.first_signal();
  }
}

}  // namespace feedctl::cli
