#include "feedctl/bundle/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "config/options.hpp"
#include "feedctl/bundle/log_tail.hpp"
#include "feedctl/bundle/machine_report.hpp"
#include "feedctl/cli/bounded_process.hpp"
#include "http_client/client.hpp"

namespace feedctl::cli::support_bundle {

namespace {

using Words = std::vector<std::string>;

constexpr std::size_t max_messages = 4096;
constexpr std::chrono::milliseconds max_answer_time{5'000};  // of a server

void take_output(Part& part, ProcessOutput output) {
  part.content = std::move(output.out);
  part.messages = output.err.substr(0, max_messages);
  // A part of a line might be a part of a secret, which nothing would recognize.
  if (part.messages.size() < output.err.size()) part.messages.resize(part.messages.rfind('\n') + 1);
  if (output.is_cut) part.content.resize(part.content.rfind('\n') + 1);
  part.is_cut = output.is_cut;
  if (!output.failure.empty())
    part.missing = output.failure;
  else if (part.content.empty() && output.exit_code != 0)
    part.missing = "exit code " + std::to_string(output.exit_code);
}

// A command of this program, with the configuration of the caller.
PartSource command(const BundleOptions& options, std::string file, std::string explanation,
                   Words words) {
  words.insert(words.begin(), options.program);
  words.insert(words.end(), {"-o", "json"});
  words.insert(words.end(), options.config_arguments.begin(), options.config_arguments.end());
  const ProcessLimits limits{.timeout = options.timeout};
  return {std::move(file), std::move(explanation),
          [words, limits](Part& part) { take_output(part, run_bounded(words, limits)); }};
}

// A name for a file: what is no letter, digit, dot or dash becomes _.
std::string file_name_of(std::string text) {
  constexpr std::size_t max_name = 80;
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return !(c < 0x80 && (std::isalnum(c) || c == '.' || c == '-')); },
      '_');
  if (text.size() > max_name) text = text.substr(text.size() - max_name);
  return text;
}

void fetch(Part& part, const std::string& url, std::chrono::milliseconds timeout) {
  constexpr std::size_t max_body = std::size_t{8} << 20;
  const http_client::Client client({.connect_timeout = timeout,
                                    .read_timeout = timeout,
                                    .deadline = timeout,
                                    .max_body = max_body,
                                    .ca_file = "",
                                    .allow_loopback_http = true,
                                    .allow_private_addresses = true,
                                    .allow_private_http = true,
                                    .user_agent = "feedctl bundle"});
  auto response = client.get(url);
  part.content = std::move(response.body);
  if (response.status != 200 && response.status != 503)
    part.missing = "status " + std::to_string(response.status);
}

void add_server(std::vector<PartSource>& sources, const BundleOptions& options,
                const std::string& url) {
  const auto parts = parse_http_url(url);
  const auto folder = "servers/" + file_name_of(parts.authority()) + "/";
  const auto add = [&](const char* file, const char* explanation, const char* path) {
    sources.push_back(
        {folder + file, explanation,
         [target = parts.origin() + path, timeout = std::min(options.timeout, max_answer_time)](
             Part& part) { fetch(part, target, timeout); }});
  };
  add("metrics.txt", "its metrics", "/metrics");
  add("ready.json", "is it ready", "/health/ready");
  add("health.json", "its report of dependencies; a worker has none", "/debug/health");
}

// `used`: names that are taken; log files of several folders may have the same one.
void add_log(std::vector<PartSource>& sources, const BundleOptions& options,
             const std::string& path, std::map<std::string, int>& used) {
  auto name = file_name_of(std::filesystem::path(path).filename().string());
  if (const int count = used[name]++; count > 0) name += "." + std::to_string(count + 1);
  sources.push_back(
      {"logs/" + name, "the end of " + path, [path, max = options.max_log_bytes](Part& part) {
         auto tail = read_log_tail(path, max);
         part.content = std::move(tail.text);
         part.is_cut = tail.is_cut;
       }});
}

// In the order of the journal. The newest lines come first, so that a limit drops the oldest.
std::string reversed_lines(const std::string& text, bool is_cut) {
  std::string out;
  auto end = text.size();
  if (is_cut) end = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  while (end > 0) {
    const auto newline = end >= 2 ? text.rfind('\n', end - 2) : std::string::npos;
    const auto begin = newline == std::string::npos ? 0 : newline + 1;
    out.append(text, begin, end - begin);
    end = begin;
  }
  return out;
}

PartSource journal(const BundleOptions& options) {
  const ProcessLimits limits{.timeout = options.timeout, .max_output = options.max_log_bytes};
  return {"logs/journal.txt", "the journal of " + options.journal_units,
          [units = options.journal_units, limits](Part& part) {
            constexpr const char* max_lines = "20000";
            auto output =
                run_bounded({"journalctl", "--quiet", "--no-pager", "--reverse",
                             "--output=short-iso-precise", "--lines", max_lines, "--unit", units},
                            limits);
            output.out = reversed_lines(output.out, output.is_cut);
            const bool is_empty = output.out.empty();
            take_output(part, std::move(output));
            if (is_empty && part.missing.empty())
              part.missing = "it has no lines of these units, or this user may not read it";
          }};
}

// Names alone: which variables decide, not what they say.
std::string variable_names() {
  const auto environment = config::process_environment();
  std::string text;
  for (const auto& [name, value] : environment) {
    constexpr std::string_view prefixes[] = {"FEEDCTL_", "PG",  "REDIS", "DATABASE_", "DB_",
                                             "POSTGRES", "S3_", "OTEL_", "RABBITMQ_", "DJANGO_"};
    const bool is_ours = std::any_of(
        std::begin(prefixes), std::end(prefixes),
        [&, n = std::string_view(name)](std::string_view prefix) { return n.starts_with(prefix); });
    if (is_ours) text += name + (value.empty() ? " (empty)" : "") + "\n";
  }
  return text.empty() ? "none\n" : text;
}

}  // namespace

std::vector<PartSource> part_sources(const BundleOptions& options) {
  // The slow ones first, since they run at the same time.
  std::vector<PartSource> sources{
      command(options, "doctor.json", "findings of feedctl doctor", {"doctor"}),
      command(options, "stats.json", "rows, bytes, backlog of consumers, jobs, Redis",
              {"stats", "--timeout", std::to_string(options.timeout.count() / 2) + "ms"}),
      command(options, "migrations.json", "migrations and their states", {"migrate", "status"}),
      command(options, "dead-letters.json", "what workers gave up, the newest 100",
              {"dlq", "list", "--limit", "100"}),
      command(options, "config.json", "each key's value and origin; secrets are ****",
              {"config", "show", "--origin"}),
      command(options, "config-check.json", "mistakes and warnings of the configuration",
              {"config", "check"}),
      {"machine.txt", "the machine and the limits of its processes",
       [folders = options.folders](Part& part) { part.content = machine_report(folders); }},
      {"environment.txt", "names of variables that feedctl or its drivers read",
       [](Part& part) { part.content = variable_names(); }}};
  auto version = options;
  version.config_arguments.clear();
  sources.push_back(command(version, "version.json", "the version of feedctl", {"version"}));
  for (const auto& url : options.server_urls) add_server(sources, options, url);
  if (!options.server_urls.empty()) {
    Words words{"top", "--once"};
    words.insert(words.end(), options.server_urls.begin(), options.server_urls.end());
    sources.push_back(
        command(options, "top.json", "rates and latencies of these servers, for a second", words));
  }
  sources.push_back(journal(options));
  std::map<std::string, int> used{{"journal.txt", 1}};
  for (const auto& path : options.log_files) add_log(sources, options, path, used);
  return sources;
}

}  // namespace feedctl::cli::support_bundle
