#pragma once
// `feedctl loadtest --drill`: load through a fault, on a private stack, and a verdict on it.
//
// It makes PostgreSQL, Redis, serve, work and flush-views in a temporary folder, runs checked load,
// injects the fault in the middle third, waits for the recovery and removes the folder. It touches
// no other server. For the main thread, before any other thread starts.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace feedctl::cli {

class Runtime;

struct DrillOptions {
  std::string name;  // of drill_names()
  double rate = 100;
  std::chrono::milliseconds duration{60'000};  // of the load; the fault takes its middle third
  int connections = 64;
  std::string mix = "default";
  std::optional<std::string> report, result;  // files to write
  std::map<std::string, std::string> labels = {};
};

std::vector<std::string> drill_names();

// Prints the verdict. exit_negative if a row fails, 128 + signal after a signal. Error(unavailable)
// if the stack cannot start, Error(usage) for a duration below min_drill_duration.
int run_drill(Runtime& runtime, const DrillOptions& options);

inline constexpr std::chrono::milliseconds min_drill_duration{6'000};

}  // namespace feedctl::cli
