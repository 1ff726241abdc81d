// feedctl loadtest: load for a running server, measured and judged.
#include "base/error.hpp"
#include "base/text.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/loadtest/drill.hpp"
#include "feedctl/loadtest/plan.hpp"
#include "feedctl/loadtest/result_file.hpp"
#include "feedctl/loadtest/run.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/html_report.hpp"
#include "loadtest/mix_reader.hpp"
#include "loadtest/report_figures.hpp"
#include "loadtest/result_json.hpp"
#include "loadtest/text_report.hpp"

namespace feedctl::cli {

namespace {

using feedctl::loadtest::LoadResult;
using feedctl::loadtest::Outcome;

void print_result(const Runtime& runtime, const LoadtestOptions& options,
                  const LoadResult& result) {
  if (options.result) write_report_file(*options.result, feedctl::loadtest::write_json(result));
  if (options.report) write_report_file(*options.report, feedctl::loadtest::html_report(result));
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print(is_table ? feedctl::loadtest::text_report(result)
                         : feedctl::loadtest::write_json(result));
}

std::string missed_objectives(const LoadResult& result) {
  std::vector<std::string> missed;
  for (const auto& slo : result.slos) {
    if (slo.is_met) continue;
    missed.push_back(slo.text + " (measured " + feedctl::loadtest::measured_text(slo) + ")");
  }
  return join(missed, ", ");
}

// Not one request of the whole run was answered.
bool is_unanswered(const LoadResult& result) {
  const auto all = feedctl::loadtest::total(result);
  std::uint64_t answers = 0, failures = 0;
  for (std::size_t i = 0; i < all.outcomes.size(); ++i)
    (static_cast<Outcome>(i) < Outcome::connect_failed ? answers : failures) += all.outcomes[i];
  return answers == 0 && failures > 0;
}

int exit_code_of_run(const Runtime& runtime, const LoadResult& result) {
  if (result.was_interrupted || InterruptGuard::is_raised()) {
    runtime.notice("stopped; the report has what was measured so far");
    return InterruptGuard::exit_code();
  }
  if (is_unanswered(result)) {
    runtime.notice("the server at " + result.url + " answered no request of the run");
    return exit_unavailable;
  }
  const auto missed = missed_objectives(result);
  if (!missed.empty()) runtime.notice("missed: " + missed);
  if (!result.findings.empty())
    runtime.notice("--check has " + std::to_string(result.findings.size()) + " findings");
  return missed.empty() && result.findings.empty() ? exit_ok : exit_negative;
}

// It makes its own servers, users and stages.
int drill(Runtime& runtime, const LoadtestOptions& options) {
  if (!options.url.empty() || options.stages || options.is_closed || options.users ||
      options.tokens || !options.slos.empty() || options.start_at || options.checks_answers ||
      options.threads != LoadtestOptions{}.threads ||
      options.warm_up != LoadtestOptions{}.warm_up) {
    throw Error(ErrorCode::usage,
                "--drill loads a private stack: it takes --rate, --duration, --connections, --mix, "
                "--report, --result and --label");
  }
  if (!options.metrics.empty() || options.textfile)
    throw Error(ErrorCode::usage,
                "--drill reads the metrics of its own stack; leave out --metrics and --textfile");
  DrillOptions drill;
  drill.name = *options.drill;
  if (options.rate != LoadtestOptions::unset_rate) drill.rate = options.rate;
  if (options.duration != LoadtestOptions::unset_duration) drill.duration = options.duration;
  drill.connections = options.connections;
  drill.mix = options.mix;
  drill.report = options.report;
  drill.result = options.result;
  drill.labels = parse_labels(options.labels);
  return run_drill(runtime, drill);
}

int run(Runtime& runtime, const LoadtestOptions& options) {
  if (options.drill) return drill(runtime, options);
  const auto plan = make_plan(options);
  InterruptGuard interrupts;
  const auto result = run_load_test(runtime, plan, options.checks_answers);
  print_result(runtime, options, result);
  return exit_code_of_run(runtime, result);
}

void add_load_options(Spec& spec, LoadtestOptions& options) {
  spec.value("--url", "URL", "the server: http://127.0.0.1:8000", &options.url);
  spec.value("--rate", "N", "requests a second, at a constant rate (open model)", &options.rate)
      .between(0, 1'000'000)
      .shown_default("100");
  spec.value("--stages", "LIST",
             "instead: rates and how long each; ~ is a ramp from the rate before", &options.stages);
  spec.flag("--closed",
            "instead: each connection sends its next request once it has an answer (closed model)",
            &options.is_closed);
  spec.value("--duration", "DURATION", "how long to measure", &options.duration)
      .shown_default("30s");
  spec.value("--warm-up", "DURATION", "load before that, which is not measured", &options.warm_up);
  spec.value("--connections", "N", "at most so many", &options.connections).between(1, 10'000);
  spec.value("--threads", "N", "threads that send", &options.threads).between(1, 64);
  spec.value("--start-at", "TIME", "begin then, together with other processes", &options.start_at);
}

void add_scenario_options(Spec& spec, LoadtestOptions& options) {
  spec.value(
      "--mix", "NAME|FILE",
      "what to ask for: " + join(feedctl::loadtest::preset_names(), ", ") + ", or a YAML file",
      &options.mix);
  spec.value("--users", "FILE|N",
             "for whom: ids, one a line, or so many users lt_0, lt_1 .., made if needed",
             &options.users)
      .shown_default("authors of the hot feed and their followers");
  spec.value("--tokens", "FILE", "for whom, with tokens: JSON lines of {user_id, token}",
             &options.tokens);
  spec.flag("--check", "also verify answers: order, own writes, counts", &options.checks_answers);
  spec.value("--drill", "NAME", "load a private stack through a fault", &options.drill)
      .one_of(drill_names());
}

void add_result_options(Spec& spec, LoadtestOptions& options) {
  spec.value("--slo", "OBJECTIVE",
             "exit with 3 if it is missed: p99<50ms, feed.p95<20ms, errors<0.1%, rate>190; may be "
             "repeated",
             &options.slos);
  spec.value("--report", "FILE", "write a report as an HTML page", &options.report);
  spec.value("--result", "FILE", "write the result as JSON, for compare and merge",
             &options.result);
  spec.value("--metrics", "URL",
             "read also the metrics of a worker (work.port), for the backlog; may be repeated",
             &options.metrics);
  spec.value("--textfile", "FILE",
             "write the figures of each second here, for node_exporter and dashboards",
             &options.textfile);
  spec.value("--label", "NAME=VALUE", "a word about this run; may be repeated", &options.labels);
}

}  // namespace

CommandFn loadtest(Spec& spec) {
  auto options = std::make_shared<LoadtestOptions>();
  spec.about(
      "Sends requests at a given rate and measures each from the time at which it was due, so that "
      "a pause of the server shows in full. Ctrl-C ends it with the report so far. It writes posts "
      "and likes: do not load a server whose data matter. docs/loadtest.md says more.");
  spec.example("two hundred requests a second for a minute",
               "feedctl loadtest --url http://127.0.0.1:8000 --rate 200 --duration 1m");
  spec.example("a gate for CI, with a report",
               "feedctl loadtest --url http://127.0.0.1:8000 --slo 'p99<50ms' --slo 'errors<0.1%' "
               "--report out.html");
  spec.example("a server with auth.mode required",
               "feedctl loadtest --url http://127.0.0.1:8000 --tokens tokens.jsonl");
  spec.example("how much it can take",
               "feedctl loadtest --url http://127.0.0.1:8000 --stages '100:20s,~2000:3m'");
  add_load_options(spec, *options);
  add_scenario_options(spec, *options);
  add_result_options(spec, *options);
  spec.see_also({"loadtest compare", "loadtest merge", "seed", "users token"});
  return [options](Runtime& runtime) { return run(runtime, *options); };
}

}  // namespace feedctl::cli
