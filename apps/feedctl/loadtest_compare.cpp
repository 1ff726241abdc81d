// feedctl loadtest compare: what changed between two load tests.
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/loadtest/result_file.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/compare.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli {

namespace {

struct CompareOptions {
  std::string before, after;
  std::optional<std::string> fail_above;
};

// "10%" or "10": 0.1.
double parse_percent(const std::string& text) {
  std::string_view digits = text;
  if (digits.ends_with('%')) digits.remove_suffix(1);
  double percent = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size() ||
      !std::isfinite(percent) || percent < 0) {
    throw Error(ErrorCode::usage, "--fail-above must be a percentage of at least 0")
        .with_hint("such as --fail-above 10%");
  }
  return percent / 100;
}

int run(Runtime& runtime, const CompareOptions& options) {
  std::optional<double> limit;
  if (options.fail_above) limit = parse_percent(*options.fail_above);
  const auto before = read_result_file(options.before);
  const auto after = read_result_file(options.after);
  const auto comparison = loadtest::compare(before, after);
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print(is_table ? loadtest::comparison_text(comparison)
                         : loadtest::comparison_json(comparison));
  if (!limit) return exit_ok;
  const auto grown = loadtest::grown_p99(comparison, *limit);
  if (grown.empty()) return exit_ok;
  runtime.notice("the p99 grew by more than " + loadtest::percent_text(*limit) + ": " +
                 loadtest::printable_text(join(grown, ", ")));
  return exit_negative;
}

}  // namespace

CommandFn loadtest_compare(Spec& spec) {
  auto options = std::make_shared<CompareOptions>();
  spec.about(
      "Compares two results of feedctl loadtest --result: p50, p99, p99.9, rate and error rate of "
      "each operation. A change counts as none where the scatter within both runs explains it, "
      "with "
      "95 %. What differs between machines or times of a day is not part of that scatter: compare "
      "runs on the same machine, or several of them.");
  spec.example("what a change did", "feedctl loadtest compare before.json after.json");
  spec.example("a gate for CI: exit code 3",
               "feedctl loadtest compare main.json branch.json --fail-above 10%");
  spec.argument("BEFORE", "the result to compare with", &options->before).required();
  spec.argument("AFTER", "the newer result", &options->after).required();
  spec.value("--fail-above", "PERCENT",
             "exit with 3 where a p99 grew by more than this, beyond the noise",
             &options->fail_above);
  spec.see_also({"loadtest", "loadtest merge"});
  return [options](Runtime& runtime) { return run(runtime, *options); };
}

}  // namespace feedctl::cli
