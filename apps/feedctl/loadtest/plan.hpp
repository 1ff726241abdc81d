#pragma once
// The options of `feedctl loadtest`, and the checked plan of a run that they make. Plain values;
// make_plan() reads the mix and the files of users, and asks no server.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/http_url.hpp"
#include "loadtest/engine.hpp"
#include "loadtest/mix.hpp"
#include "loadtest/slo.hpp"
#include "loadtest/user_pool.hpp"

namespace feedctl::cli {

struct LoadtestOptions {
  static constexpr std::chrono::milliseconds unset_duration{-1};
  static constexpr double unset_rate = -1;

  std::string url;
  double rate = unset_rate;
  std::optional<std::string> stages;
  bool is_closed = false;
  int connections = 64;
  int threads = 1;
  std::chrono::milliseconds duration = unset_duration;
  std::chrono::milliseconds warm_up{5000};
  std::string mix = "default";
  std::vector<std::string> slos;
  std::optional<std::string> users;   // a file, or how many to make
  std::optional<std::string> tokens;  // a file
  std::optional<std::string> report, result, textfile;
  std::vector<std::string> labels;
  bool checks_answers = false;
  std::optional<std::string> start_at;
  std::vector<std::string> metrics;
  std::optional<std::string> drill;
};

// Requests of --check.
inline constexpr const char* check_operation_name = "check";

struct LoadtestPlan {
  HttpUrl server;
  loadtest::EngineOptions engine;
  loadtest::Mix mix;
  std::vector<loadtest::Slo> slos;
  std::map<std::string, std::string> labels;
  std::vector<std::string> metrics;  // URLs of further processes
  std::optional<std::string> textfile;
  std::size_t users_to_make = 0;
  std::vector<loadtest::LoadUser> users;  // of a file
  bool has_tokens = false;

  std::chrono::milliseconds planned() const;  // with the warm-up
};

// Of NAME=VALUE. Error(usage) for another form.
std::map<std::string, std::string> parse_labels(const std::vector<std::string>& texts);

// Error(usage): the option names a file that cannot be written. Nobody waits for a run whose report
// cannot be kept.
void check_writable(const char* option, const std::optional<std::string>& path);

// Error(usage) for options that do not fit, Error(bad_data) for a file that is wrong.
LoadtestPlan make_plan(const LoadtestOptions& options);

}  // namespace feedctl::cli
