#include "feedctl/top/server_poller.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "base/json.hpp"
#include "feedctl/server_urls.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli::live {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_metrics = std::size_t{8} << 20;
constexpr std::size_t max_dependencies = 16;

http_client::Options client_options(milliseconds timeout) {
  return {.connect_timeout = timeout,
          .read_timeout = timeout,
          .deadline = timeout,
          .max_body = max_metrics,
          .ca_file = "",
          .allow_loopback_http = true,
          .allow_private_addresses = true,
          .allow_private_http = true,
          .user_agent = "feedctl top"};
}

std::string text_of(const json::Value* object, std::string_view name) {
  const auto* member = object ? object->find(name) : nullptr;
  const auto* text = member ? member->text() : nullptr;
  return text ? loadtest::printable_text(*text) : "";
}

std::string latency_of(const json::Value& object) {
  const auto* member = object.find("latency_ms");
  if (!member) return "";
  if (const auto* ms = member->real()) return loadtest::latency_text(*ms * 1000);
  if (const auto* ms = member->integer())
    return loadtest::latency_text(static_cast<double>(*ms) * 1000);
  return "";
}

// "up" and "down" are the states of dependencies; "off" is one that is not configured.
void add_dependency(ServerHealth& health, const json::Value& body, const char* member,
                    const char* name) {
  const auto* object = body.find(member);
  const auto status = text_of(object, "status");
  if (status != "up" && status != "down") return;
  auto detail = status == "up" ? latency_of(*object) : text_of(object, "reason");
  health.dependencies.push_back({name, status == "up", std::move(detail)});
}

std::string read_text_file(const std::string& path) {
  std::error_code failure;
  // Opening a pipe would wait for its writer.
  if (!std::filesystem::is_regular_file(path, failure))
    throw Error(ErrorCode::unavailable, "cannot read " + path + ": it is no regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::unavailable, "cannot read " + path);
  std::string text(max_metrics, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Source source_of_url(const std::string& url) {
  const auto metrics = url_with_path(url, "/metrics", "the URL of a server");
  return {.name = parse_http_url(metrics).authority(), .metrics_url = metrics, .file = ""};
}

Source source_of_file(const std::string& file) {
  return {.name = file, .metrics_url = "", .file = file};
}

ServerHealth parse_health(const std::string& body) {
  ServerHealth health;
  json::Value value;
  try {
    value = json::parse(body);
  } catch (const Error&) {
    return health;
  }
  const auto* readiness = value.find("readiness");
  health.status = text_of(readiness ? readiness : &value, "status");
  health.reason = text_of(readiness ? readiness : &value, "reason");
  health.index = text_of(value.find("feed_index"), "status");
  add_dependency(health, value, "database", "postgresql");
  const auto kind = text_of(value.find("cache"), "kind");
  if (kind == "redis") add_dependency(health, value, "cache", "redis");
  add_dependency(health, value, "media", "media");
  return health;
}

ServerPoller::ServerPoller(Source source, const PollOptions& options)
    : source_(std::move(source)), options_(options), client_(client_options(options.timeout)) {
  thread_.start(thread_.lock(), [this] { run(); });
}

std::optional<Reading> ServerPoller::take() {
  const auto lock = thread_.lock();
  return std::exchange(newest_, std::nullopt);
}

// At a fixed rate; a slow answer skips intervals.
void ServerPoller::run() {
  auto next = std::chrono::steady_clock::now();
  auto lock = thread_.lock();
  do {
    lock.unlock();
    auto reading = read();
    lock.lock();
    newest_ = std::move(reading);
    const auto now = std::chrono::steady_clock::now();
    while (next <= now) next += options_.interval;
  } while (thread_.sleep_until(lock, next));
}

Reading ServerPoller::read() {
  const auto deadline = Deadline::after(options_.timeout);
  Reading reading;
  try {
    auto text = loadtest::parse_prometheus_text(read_metrics(deadline));
    reading.at = std::chrono::steady_clock::now();
    if (text.samples.empty())
      reading.failure = "its answer holds no metrics";
    else
      reading.metrics = reduce(text);
    if (reading.failure.empty() && source_.file.empty()) reading.health = read_health(deadline);
  } catch (const Error& error) {
    reading.at = std::chrono::steady_clock::now();
    auto reason = error.detail().empty() ? std::string(error.what()) : error.detail();
    const auto call = "GET " + source_.metrics_url + ": ";
    if (reason.starts_with(call)) reason.erase(0, call.size());
    reading.failure = loadtest::printable_text(reason);
    has_debug_health_ = true;  // another process may take its place
  } catch (const std::exception& error) {
    reading.failure = loadtest::printable_text(error.what());
    reading.at = std::chrono::steady_clock::now();
  }
  return reading;
}

http_client::Response ServerPoller::get(const std::string& url, Deadline deadline) const {
  http_client::Headers headers;
  if (!options_.token.empty())
    headers.emplace_back("Authorization", "Bearer " + options_.token.reveal());
  return client_.send({.url = url, .headers = std::move(headers), .deadline = deadline});
}

std::string ServerPoller::read_metrics(Deadline deadline) const {
  if (!source_.file.empty()) return read_text_file(source_.file);
  auto response = get(source_.metrics_url, deadline);
  if (response.status == 200) return std::move(response.body);
  const auto* remedy = response.status == 401 || response.status == 403 ? ": see --token-file"
                       : response.status == 421 ? ": see server.allowed_hosts"
                                                : "";
  throw Error(ErrorCode::unavailable, "status " + std::to_string(response.status) + remedy);
}

// A worker has no /debug/health, and other exporters no health at all.
ServerHealth ServerPoller::read_health(Deadline deadline) {
  const auto origin = parse_http_url(source_.metrics_url).origin();
  try {
    if (has_debug_health_) {
      const auto response = get(origin + "/debug/health", deadline);
      if (response.status != 404) return parse_health(response.body);
      has_debug_health_ = false;
    }
    return parse_health(get(origin + "/health/ready", deadline).body);
  } catch (const Error&) {
    return {};  // its metrics are there; the state is not known
  }
}

}  // namespace feedctl::cli::live
