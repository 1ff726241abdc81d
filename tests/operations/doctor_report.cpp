#include "doctor_report.hpp"

#include <filesystem>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

using namespace feedctl;

DoctorReport run_doctor(const std::string& url, const std::vector<std::string>& environment,
                        std::vector<std::string> arguments) {
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + url};
  options.environment.insert(options.environment.end(), environment.begin(), environment.end());
  arguments.insert(arguments.begin(), {"doctor", "-o", "json", "--folder",
                                       std::filesystem::temp_directory_path().string()});
  const auto result = support::run_feedctl(arguments, options);
  INFO(result.err);
  DoctorReport report{result.exit_code, {}};
  const auto document = json::parse(result.out);
  for (const auto& item : support::items_of(document)) {
    report.checks[support::text_in(item, "check")] = {
        support::text_in(item, "state"), support::text_in(item, "finding"),
        support::text_or_null_in(item, "fix").value_or(""),
        support::text_or_null_in(item, "runbook").value_or(""),
        !support::member_in(item, "measure").is_null()};
  }
  return report;
}
