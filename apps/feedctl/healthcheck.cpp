// feedctl healthcheck: asks a running server whether it is ready, for containers and scripts.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/server_urls.hpp"
#include "http_client/client.hpp"

namespace feedctl::cli {

namespace {

struct HealthcheckFlags {
  std::optional<std::string> url;
  bool work = false;
  std::chrono::milliseconds timeout{3000};
};

enum class Health { ready, not_ready, unreachable };

struct HealthAnswer {
  Health health = Health::unreachable;
  std::string status;  // of the server: "ok", "degraded", "draining", ..; "": it said none
  std::string reason;
};

std::string name_of(Health health) {
  return health == Health::ready       ? "ready"
         : health == Health::not_ready ? "not ready"
                                       : "unreachable";
}

int exit_code_of(Health health) {
  return health == Health::ready       ? exit_ok
         : health == Health::not_ready ? exit_failed
                                       : exit_unavailable;
}

std::string text_member(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member ? member->text() : nullptr;
  return text ? *text : "";
}

// Any server may answer: what it sends goes into one line.
std::string one_line(std::string text) {
  constexpr std::size_t max_size = 300;
  if (text.size() > max_size) text.resize(max_size);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

HealthAnswer read_answer(const http_client::Response& response) {
  HealthAnswer answer{response.status == 200 ? Health::ready : Health::not_ready, "", ""};
  try {
    const auto body = json::parse(response.body);
    answer.status = one_line(text_member(body, "status"));
    answer.reason = one_line(text_member(body, "reason"));
  } catch (const Error&) {
    // Not JSON: below.
  }
  if (!answer.status.empty()) return answer;
  answer.health = Health::not_ready;
  answer.reason = "HTTP status " + std::to_string(response.status) +
                  " without a state of health: this is no feedctl, or not its /health/ready";
  return answer;
}

HealthAnswer ask(const std::string& url, std::chrono::milliseconds timeout) {
  const http_client::Client client({.connect_timeout = timeout,
                                    .read_timeout = timeout,
                                    .deadline = timeout,
                                    .max_body = 64 * 1024,
                                    .ca_file = "",
                                    .allow_loopback_http = true,
                                    .allow_private_addresses = true,
                                    .allow_private_http = true,
                                    .user_agent = "feedctl healthcheck"});
  try {
    return read_answer(client.get(url));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    auto reason = error.detail().empty() ? std::string(error.what()) : error.detail();
    const auto call = "GET " + url + ": ";
    if (reason.starts_with(call)) reason.erase(0, call.size());
    return {Health::unreachable, "", one_line(reason)};
  }
}

std::string url_to_ask(const Runtime& runtime, const HealthcheckFlags& flags) {
  constexpr auto path = "/health/ready";
  if (flags.url && flags.work)
    throw Error(ErrorCode::usage, "--url and --work exclude each other")
        .with_hint("--url with the port of the worker");
  if (flags.url) return url_with_path(*flags.url, path, "the value of --url");
  const auto config = config::load(runtime.sources()).config;
  if (!flags.work) return configured_serve_url(config) + path;
  if (const auto url = configured_work_url(config)) return *url + path;
  throw Error(ErrorCode::usage, "work.port is 0, so workers answer no health checks")
      .with_hint("set work.port (FEEDCTL_WORK_PORT)");
}

std::string human_text(const std::string& url, const HealthAnswer& answer) {
  auto text = url + ": " + name_of(answer.health);
  if (!answer.status.empty() && answer.status != "ok") text += ", " + answer.status;
  if (!answer.reason.empty()) text += ": " + answer.reason;
  return text + "\n";
}

std::optional<std::string_view> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

std::string json_text(const std::string& url, const HealthAnswer& answer) {
  std::string out;
  json::Writer writer(out);
  writer.open_object()
      .text("url", url)
      .text("health", answer.health == Health::not_ready ? "not_ready" : name_of(answer.health));
  writer.optional_text("status", text_or_null(answer.status))
      .optional_text("reason", text_or_null(answer.reason));
  writer.close_object();
  return out + "\n";
}

int run_healthcheck(Runtime& runtime, const HealthcheckFlags& flags) {
  const auto url = url_to_ask(runtime, flags);
  const auto answer = ask(url, flags.timeout);
  const bool is_table = runtime.common().format() == OutputFormat::table;
  if (answer.health != Health::ready || !runtime.common().quiet)
    runtime.print(is_table ? human_text(url, answer) : json_text(url, answer));
  return exit_code_of(answer.health);
}

}  // namespace

CommandFn healthcheck(Spec& spec) {
  auto flags = std::make_shared<HealthcheckFlags>();
  spec.about(
      "Asks /health/ready and prints one line: whether the process is ready, and if not, why. The "
      "exit code is 0 if it is ready, 1 if it is not, and 69 if it gives no answer in time. It "
      "opens no database; with --url it reads no configuration.");
  spec.example("in a container", "feedctl healthcheck");
  spec.example("of a worker with work.port", "feedctl healthcheck --work");
  spec.example("of another server, in a script",
               "feedctl healthcheck -q --url http://10.0.0.5:8000 || echo \"not ready\"");
  spec.value("--url", "URL", "the server to ask", &flags->url)
      .shown_default("server.port of this machine");
  spec.flag("--work", "ask the worker of this machine, at work.port", &flags->work);
  spec.value("--timeout", "TIME", "longest wait for the answer", &flags->timeout)
      .between(10, 60'000);
  spec.see_also({"doctor", "serve", "work"});
  return [flags](Runtime& runtime) { return run_healthcheck(runtime, *flags); };
}

}  // namespace feedctl::cli
