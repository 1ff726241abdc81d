#include "feedctl/loadtest/plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "feedctl/count_parser.hpp"
#include "loadtest/metrics_scraper.hpp"
#include "loadtest/mix_reader.hpp"
#include "loadtest/preflight.hpp"
#include "loadtest/stages.hpp"
#include "loadtest/user_files.hpp"

namespace feedctl::cli {

namespace {

constexpr double default_rate = 100;
constexpr std::chrono::milliseconds default_duration = std::chrono::seconds{30};
constexpr std::chrono::milliseconds max_warm_up = std::chrono::hours{1};
constexpr std::chrono::hours max_wait_for_start{24};
constexpr std::size_t max_labels = 32, max_label = 256, max_metrics = 16;

Error usage(const std::string& message) {
  return Error(ErrorCode::usage, message);
}

HttpUrl parse_server(const std::string& text) {
  if (text.empty())
    throw usage("needs --url URL, the server to load")
        .with_hint("for example --url http://127.0.0.1:8000");
  HttpUrl url;
  try {
    url = parse_http_url(text.find("://") == std::string::npos ? "http://" + text : text);
  } catch (const UrlError& error) {
    throw usage(std::string("--url ") + error.what())
        .with_hint("for example --url http://127.0.0.1:8000");
  }
  if (url.is_https)
    throw usage("--url: load is sent over http:// only")
        .with_hint("name the server behind the proxy that ends TLS");
  if (url.path != "/" || !url.query.empty())
    throw usage("--url has a path; name the server alone")
        .with_hint("for example --url " + url.origin());
  return url;
}

bool has_rate(const LoadtestOptions& options) {
  return options.rate != LoadtestOptions::unset_rate;
}

void check_model(const LoadtestOptions& options) {
  if (has_rate(options) + options.stages.has_value() + options.is_closed > 1)
    throw usage("--rate, --stages and --closed exclude each other");
  if (options.rate == 0) throw usage("--rate must be above 0");
  if (options.stages && options.duration != LoadtestOptions::unset_duration)
    throw usage("--duration does not go with --stages, which have their own");
  if (options.connections < options.threads)
    throw usage("--connections must be at least --threads, which is " +
                std::to_string(options.threads));
  if (options.warm_up > max_warm_up) throw usage("--warm-up is at most 1h");
}

std::vector<loadtest::Stage> make_stages(const LoadtestOptions& options) {
  if (options.stages) return loadtest::parse_stages(*options.stages);
  const auto duration =
      options.duration == LoadtestOptions::unset_duration ? default_duration : options.duration;
  if (duration.count() < 1 || duration > loadtest::max_run)
    throw usage("--duration must be from 1ms to 24h");
  loadtest::Stage stage{};
  stage.duration = duration;
  if (!options.is_closed) stage.rate = has_rate(options) ? options.rate : default_rate;
  return {stage};
}

std::optional<Time> parse_start(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto at = parse_rfc3339(*text);
  if (!at)
    throw usage("--start-at expects a time, not \"" + *text + "\"")
        .with_hint("for example --start-at \"$(date -u -d '+20 seconds' +%FT%TZ)\"");
  if (*at <= now()) throw usage("--start-at is over: " + *text);
  if (*at > now() + max_wait_for_start) throw usage("--start-at is more than a day away");
  return at;
}

// As the result names them.
std::vector<std::string> operations_of(const LoadtestOptions& options, const loadtest::Mix& mix) {
  auto names = loadtest::operation_names(mix);
  if (!options.checks_answers) return names;
  if (std::find(names.begin(), names.end(), check_operation_name) != names.end())
    throw usage("--check has an operation of the name \"check\"; rename that of the mix");
  names.emplace_back(check_operation_name);
  return names;
}

std::vector<loadtest::Slo> parse_slos(const std::vector<std::string>& texts,
                                      const std::vector<std::string>& operations) {
  std::vector<loadtest::Slo> slos;
  for (const auto& text : texts) {
    slos.push_back(loadtest::parse_slo(text));
    loadtest::check_operation(slos.back(), operations);
  }
  return slos;
}

// A name that is too long, or below a closed folder, is that of no file.
bool is_there(const std::filesystem::path& path) {
  std::error_code unused;
  return std::filesystem::exists(path, unused);
}

bool is_number(const std::string& text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9' && !is_there(text);
}

void read_users(const LoadtestOptions& options, LoadtestPlan& plan) {
  if (options.users && options.tokens)
    throw usage("--tokens names the users already; leave out --users");
  if (options.tokens) {
    plan.users = loadtest::read_tokens_file(*options.tokens);
    plan.has_tokens = true;
  } else if (options.users && is_number(*options.users)) {
    plan.users_to_make = parse_count("--users", *options.users);
    if (plan.users_to_make < 1 || plan.users_to_make > loadtest::max_made_users)
      throw usage("--users makes from 1 to 10000 users")
          .with_hint("for more, `feedctl seed` fills the database, and --users FILE names them");
  } else if (options.users) {
    plan.users = loadtest::read_users_file(*options.users);
    plan.has_tokens = !plan.users.front().token.empty();
  }
}

}  // namespace

void check_writable(const char* option, const std::optional<std::string>& path) {
  if (!path) return;
  const std::filesystem::path file(*path);
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const auto& tested = is_there(file) ? file : folder;
  std::error_code unused;
  if (!std::filesystem::is_directory(folder, unused) ||
      file.filename().native().size() > NAME_MAX || std::filesystem::is_directory(file, unused) ||
      ::access(tested.c_str(), W_OK) != 0)
    throw usage(std::string(option) + ": cannot write the file " + *path);
}

std::chrono::milliseconds LoadtestPlan::planned() const {
  return engine.warm_up + loadtest::duration_of(engine.stages);
}

std::map<std::string, std::string> parse_labels(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> labels;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || text.size() > max_label)
      throw usage("--label expects NAME=VALUE, not \"" + text + "\"");
    labels[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (labels.size() > max_labels) throw usage("at most 32 labels");
  return labels;
}

LoadtestPlan make_plan(const LoadtestOptions& options) {
  LoadtestPlan plan;
  plan.server = parse_server(options.url);
  check_model(options);
  plan.engine.host = plan.server.host;
  plan.engine.port = plan.server.port;
  plan.engine.stages = make_stages(options);
  plan.engine.closed = options.is_closed;
  plan.engine.connections = options.connections;
  plan.engine.threads = options.threads;
  plan.engine.warm_up = options.warm_up;
  plan.engine.start_at = parse_start(options.start_at);
  plan.mix = loadtest::load_mix(options.mix);
  plan.slos = parse_slos(options.slos, operations_of(options, plan.mix));
  plan.labels = parse_labels(options.labels);
  check_writable("--report", options.report);
  check_writable("--result", options.result);
  check_writable("--textfile", options.textfile);
  plan.textfile = options.textfile;
  if (options.metrics.size() > max_metrics) throw usage("at most 16 times --metrics");
  for (const auto& url : options.metrics) plan.metrics.push_back(loadtest::metrics_url(url));
  read_users(options, plan);
  return plan;
}

}  // namespace feedctl::cli
