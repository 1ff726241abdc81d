// feedctl loadtest compare and merge, over files of results.
#include <filesystem>
#include <iterator>
#include <string>

#include "feedctl/loadtest/result_file.hpp"
#include "loadtest/example_result.hpp"
#include "loadtest/result_json.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::cli {

namespace {

using loadtest::testing::example_result;
using loadtest::testing::ExampleRun;

std::string write_result(const support::TempFolder& folder, const std::string& name,
                         const ExampleRun& run) {
  return folder.write(name, loadtest::write_json(example_result(run))).string();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("loadtest compare exits with 3 only where a p99 grew by more than the limit") {
  const support::TempFolder folder;
  const auto fast = write_result(folder, "fast.json", {.rate = 1000, .typical_us = 2000});
  const auto slow = write_result(folder, "slow.json", {.rate = 1000, .typical_us = 3000});
  const auto compare = [](const std::vector<std::string>& arguments) {
    auto all = std::vector<std::string>{"loadtest", "compare"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return support::run_feedctl(all);
  };
  const auto plain = compare({fast, slow});
  CHECK(plain.exit_code == 0);
  CHECK(has(plain.out, "worse"));
  const auto failed = compare({fast, slow, "--fail-above", "10%"});
  CHECK(failed.exit_code == 3);
  CHECK(has(failed.err, "the p99 grew by more than 10.0 %: feed, like, total"));
  CHECK(compare({fast, slow, "--fail-above", "90"}).exit_code == 0);
  CHECK(compare({slow, fast, "--fail-above", "10%"}).exit_code == 0);
  CHECK(compare({fast, slow, "--fail-above", "much"}).exit_code == 64);
  CHECK(compare({fast, fast, "-o", "json"}).out.front() == '{');
}

TEST_CASE("loadtest merge writes a result and a report, and evaluates the objectives again") {
  const support::TempFolder folder;
  const auto one = write_result(folder, "one.json", {.errors = 0});
  const auto two = write_result(folder, "two.json", {.errors = 0});
  const auto merged = (folder.path() / "merged.json").string();
  const auto report = (folder.path() / "merged.html").string();
  const auto good =
      support::run_feedctl({"loadtest", "merge", one, two, "--result", merged, "--report", report});
  INFO(good.err);
  CHECK(good.exit_code == 0);
  CHECK(has(good.out, "2 generators"));
  CHECK(read_result_file(merged).generators == 2);
  CHECK(has(support::read_file(report), "<!DOCTYPE html>"));
  CHECK(support::run_feedctl({"loadtest", "merge", one, two, "--slo", "rate>9999"}).exit_code == 3);
  CHECK(support::run_feedctl({"loadtest", "merge", one, two, "--slo", "fed.p99<1s"}).exit_code ==
        64);
  CHECK(support::run_feedctl({"loadtest", "merge", one}).exit_code == 65);
}

TEST_CASE("files that are no results are refused with their name") {
  const support::TempFolder folder;
  const auto good = write_result(folder, "good.json", {});
  const auto broken = folder.write("broken.json", "{\"feedctl_loadtest\":1,").string();
  for (const auto& other : {broken, folder.path().string(), std::string("/dev/zero"),
                            (folder.path() / "none.json").string()}) {
    const auto refused = support::run_feedctl({"loadtest", "compare", good, other});
    CHECK(refused.exit_code == 65);
    CHECK(has(refused.err, other));
    CHECK(has(refused.err, "hint:"));
  }
}

TEST_CASE("a report replaces its file as a whole, and leaves nothing behind where it cannot") {
  const support::TempFolder folder;
  const auto path = folder.write("report.html", "an older and longer text").string();
  write_report_file(path, "new");
  CHECK(support::read_file(path) == "new");
  const auto missing = (folder.path() / "no" / "report.html").string();
  CHECK(support::error_code_of([&] { write_report_file(missing, "x"); }) == ErrorCode::failed);
  const auto entries = std::distance(std::filesystem::directory_iterator(folder.path()), {});
  CHECK(entries == 1);
  write_report_file("/dev/null", "x");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace feedctl::cli
