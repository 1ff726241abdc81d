#pragma once
// A finding of `feedctl doctor`, and the function that turns an Error of a check into one.
// Plain functions without state: thread-safe, and they throw nothing.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::operations {

enum class Severity { ok, warning, error };

struct Finding {
  std::string check;  // "wal_compression": a stable name
  Severity severity = Severity::ok;
  std::string text;
  std::string fix = {};                    // the line that fixes it
  std::optional<double> measurement = {};  // in ms, seconds, days or bytes
  std::string alert = {};                  // the entry of docs/runbook.md: "FeedctlDeadLetters"
};
using Findings = std::vector<Finding>;

struct DoctorOptions {
  std::string disk_folder;             // where the cost of a commit and the free space are measured
  std::int64_t serves = 0, works = 0;  // how many of these run on this machine; 0: not known
};

std::string_view severity_name(Severity severity);

// Runs `check`; an Error becomes a finding under `name`.
void run_check(Findings& findings, const std::string& name, const std::function<void()>& check);

}  // namespace feedctl::operations
