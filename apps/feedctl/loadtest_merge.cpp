// feedctl loadtest merge: one result of several generators.
#include <algorithm>
#include <optional>

#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/loadtest/result_file.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/html_report.hpp"
#include "loadtest/merge.hpp"
#include "loadtest/result_json.hpp"
#include "loadtest/slo.hpp"
#include "loadtest/text_report.hpp"

namespace feedctl::cli {

namespace {

struct MergeCommand {
  std::vector<std::string> files;
  std::optional<std::string> result, report;
  std::vector<std::string> slos;
  bool allow_other_urls = false;
};

// Those of the command, else those of the generators, over the merged figures.
void evaluate_slos(loadtest::LoadResult& merged, std::vector<std::string> texts,
                   const std::vector<loadtest::SloResult>& of_generators) {
  if (texts.empty()) {
    for (const auto& slo : of_generators) {
      if (std::find(texts.begin(), texts.end(), slo.text) == texts.end()) texts.push_back(slo.text);
    }
  }
  std::vector<std::string> operations;
  for (const auto& operation : merged.operations) operations.push_back(operation.name);
  for (const auto& text : texts) {
    const auto slo = loadtest::parse_slo(text);
    loadtest::check_operation(slo, operations);
    merged.slos.push_back(loadtest::evaluate(slo, merged));
  }
}

int run(Runtime& runtime, const MergeCommand& command) {
  std::vector<loadtest::LoadResult> results;
  std::vector<loadtest::SloResult> slos;
  for (const auto& file : command.files) {
    results.push_back(read_result_file(file));
    slos.insert(slos.end(), results.back().slos.begin(), results.back().slos.end());
  }
  auto merged = loadtest::merge(std::move(results), {command.allow_other_urls});
  evaluate_slos(merged, command.slos, slos);
  const auto json = loadtest::write_json(merged);
  if (command.result) write_report_file(*command.result, json);
  if (command.report) write_report_file(*command.report, loadtest::html_report(merged));
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print(is_table ? loadtest::text_report(merged) : json);
  const bool is_good =
      merged.findings.empty() && std::all_of(merged.slos.begin(), merged.slos.end(),
                                             [](const auto& slo) { return slo.is_met; });
  return is_good ? exit_ok : exit_negative;
}

}  // namespace

CommandFn loadtest_merge(Spec& spec) {
  auto command = std::make_shared<MergeCommand>();
  spec.about(
      "Merges the results of several generators that ran at the same time against one server, and "
      "prints the report. Counts and rates add up, and percentiles are those of all requests "
      "together. The objectives are evaluated again. It exits with 3 where one is missed.");
  spec.example("three machines, one report",
               "feedctl loadtest merge a.json b.json c.json --report all.html");
  spec.example("with an objective for the sum",
               "feedctl loadtest merge a.json b.json --slo 'rate>5000' --result all.json");
  spec.argument("FILE", "results of feedctl loadtest --result, at least two", &command->files)
      .required();
  spec.value("--slo", "OBJECTIVE",
             "evaluate this instead of the generators' objectives; may be repeated",
             &command->slos);
  spec.value("--result", "FILE", "write the merged result as JSON", &command->result);
  spec.value("--report", "FILE", "write an HTML report", &command->report);
  spec.flag("--allow-other-urls", "the generators name the server differently",
            &command->allow_other_urls);
  spec.see_also({"loadtest", "loadtest compare"});
  return [command](Runtime& runtime) { return run(runtime, *command); };
}

}  // namespace feedctl::cli
