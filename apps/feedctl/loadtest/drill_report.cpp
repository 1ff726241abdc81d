#include "feedctl/loadtest/drill_report.hpp"

#include "base/json_writer.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/result_json.hpp"

namespace feedctl::cli {

namespace {

constexpr std::string_view evidence_indent = "    ";

void write_row(json::Writer& writer, const loadtest::VerdictRow& row) {
  writer.open_object();
  writer.optional_text("requirement", row.requirement.empty()
                                          ? std::nullopt
                                          : std::optional<std::string_view>(row.requirement));
  writer.text("promise", row.promise).text("result", name_of(row.result));
  writer.text("evidence", row.evidence).close_object();
}

std::string rows_text(const std::vector<loadtest::VerdictRow>& rows) {
  std::string text;
  for (const auto& row : rows) {
    const auto name = row.requirement.empty() ? "" : row.requirement + " ";
    append_wrapped(text, std::string(name_of(row.result)) + ": " + name + row.promise, 2,
                   terminal_width());
    text += evidence_indent;
    append_wrapped(text, row.evidence, evidence_indent.size(), terminal_width());
  }
  return text;
}

}  // namespace

std::string drill_json(loadtest::Drill drill, const std::vector<loadtest::VerdictRow>& rows,
                       const loadtest::LoadResult& result) {
  std::string text;
  json::Writer writer(text);
  writer.open_object().text("drill", name_of(drill)).boolean("passed", !has_failed(rows));
  writer.key("rows").open_array();
  for (const auto& row : rows) write_row(writer, row);
  writer.close_array().key("findings").open_array();
  for (const auto& finding : result.findings) writer.text(finding);
  writer.close_array().raw("result", loadtest::write_json(result)).close_object();
  return text + "\n";
}

void print_drill(const Runtime& runtime, loadtest::Drill drill,
                 const std::vector<loadtest::VerdictRow>& rows,
                 const loadtest::LoadResult& result) {
  if (runtime.common().format() != OutputFormat::table)
    return runtime.print(drill_json(drill, rows, result));
  runtime.print("drill " + std::string(name_of(drill)) + "\n" + rows_text(rows));
  for (const auto& finding : result.findings) runtime.notice("finding: " + finding);
}

}  // namespace feedctl::cli
