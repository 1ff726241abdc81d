#include "feedctl/doctor/running_processes.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/version.hpp"
#include "feedctl/doctor/process_metrics.hpp"
#include "feedctl/server_urls.hpp"
#include "feedctl/top/server_poller.hpp"
#include "http_client/client.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli::checkup {

namespace {

namespace fs = std::filesystem;
using operations::Finding;
using operations::Severity;

http_client::Client make_client() {
  constexpr std::chrono::milliseconds timeout{3000};
  return http_client::Client({.connect_timeout = timeout,
                              .read_timeout = timeout,
                              .deadline = timeout,
                              .max_body = std::size_t{8} << 20,
                              .ca_file = "",
                              .allow_loopback_http = true,
                              .allow_private_addresses = true,
                              .allow_private_http = true,
                              .user_agent = "feedctl doctor"});
}

std::string reason_of(const Error& error, const std::string& url) {
  auto reason = error.detail().empty() ? std::string(error.what()) : error.detail();
  const auto call = "GET " + url + ": ";
  if (reason.starts_with(call)) reason.erase(0, call.size());
  return reason;
}

std::string version_of(const loadtest::MetricsText& metrics) {
  for (const auto& sample : metrics.samples) {
    if (sample.name == "feedctl_build_info") return std::string(sample.label("version"));
  }
  return "";
}

// `name`: "serve" or "work"; `start`: the line that starts it.
class ProcessCheck {
 public:
  ProcessCheck(operations::Findings& findings, std::string name, std::string url, std::string start)
      : findings_(findings),
        name_(std::move(name)),
        url_(std::move(url)),
        start_(std::move(start)) {}

  void run() {
    try {
      const auto response = client_.get(url_ + "/metrics");
      if (response.status != 200) return add_wrong_status(response.status);
      const auto metrics = loadtest::parse_prometheus_text(response.body);
      add_answer(version_of(metrics));
      check_ready();
      check_metrics(findings_, metrics, now());
    } catch (const Error& error) {
      findings_.push_back({name_, Severity::warning,
                           "nobody answers at " + url_ + ": " + reason_of(error, url_ + "/metrics"),
                           start_});
    }
  }

 private:
  void add_wrong_status(int status) {
    findings_.push_back({name_, Severity::warning,
                         url_ + "/metrics answers with status " + std::to_string(status) +
                             ": Prometheus gets nothing",
                         status == 421 ? "add the name that Prometheus uses to server.allowed_hosts"
                                       : "see which program listens there"});
  }

  void add_answer(const std::string& running) {
    if (running == version) {
      findings_.push_back({name_, Severity::ok, url_ + " answers, version " + running});
      return;
    }
    findings_.push_back(
        {name_, Severity::warning,
         running.empty() ? url_ + " answers, and is no feedctl"
                         : url_ + " is version " + loadtest::printable_text(running) +
                               ", and this binary is " + std::string(version),
         running.empty() ? "see which program listens there" : "restart it: " + start_});
  }

  void check_ready() {
    const auto response = client_.get(url_ + "/health/ready");
    const auto health = live::parse_health(response.body);
    if (response.status == 200 && health.status == "ok") return;
    const auto text = health.status + (health.reason.empty() ? "" : ": " + health.reason);
    findings_.push_back(
        {name_ + "_ready", response.status == 200 ? Severity::warning : Severity::error,
         response.status == 200 ? text : "not ready: " + text,
         "the reason names it; see docs/operations.md, \"When a process is ready\""});
  }

  const http_client::Client client_ = make_client();
  operations::Findings& findings_;
  const std::string name_, url_, start_;
};

// Words of a command line, without the options before its command.
bool names_command(const std::vector<std::string>& words, const std::string& command) {
  constexpr std::size_t max_words = 6;
  for (std::size_t i = 1; i < std::min(words.size(), max_words); ++i) {
    if (words[i] == command) return true;
  }
  return false;
}

std::vector<std::string> command_line(const fs::path& process) {
  std::ifstream in(process / "cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

std::string process_name(const fs::path& process) {
  std::ifstream in(process / "comm");
  std::string name;
  std::getline(in, name);
  return name;
}

std::string read_text(const fs::path& path) {
  constexpr std::size_t max_size = std::size_t{1} << 20;
  std::ifstream in(path, std::ios::binary);
  std::string text(max_size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

ProcessCounts count_processes() {
  ProcessCounts counts;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    if (process_name(entry.path()) != "feedctl") continue;
    const auto words = command_line(entry.path());
    if (names_command(words, "serve"))
      ++counts.serves;
    else if (names_command(words, "work"))
      ++counts.works;
  }
  return counts;
}

void check_processes(operations::Findings& findings, const config::Config& config) {
  operations::run_check(findings, "serve", [&] {
    if (config.server.port == 0 || config.server.host.find('/') != std::string::npos) {
      findings.push_back({"serve", Severity::ok, "it has no fixed port, so it is not asked here"});
      return;
    }
    ProcessCheck(findings, "serve", configured_serve_url(config),
                 "systemctl restart feedctl@1, or feedctl serve")
        .run();
  });
  operations::run_check(findings, "work", [&] {
    const auto url = configured_work_url(config);
    if (url)
      return ProcessCheck(findings, "work", *url,
                          "systemctl restart feedctl-work@1, or feedctl work")
          .run();
    findings.push_back({"work", Severity::warning,
                        "work.port is 0: Prometheus sees nothing of the workers",
                        "work.port: 9101, or any free port"});
  });
}

std::string default_textfile_folder() {
  for (const auto* folder : {"/var/lib/prometheus/node-exporter", "/var/lib/node_exporter"}) {
    if (fs::is_directory(folder)) return folder;
  }
  return "";
}

void check_textfiles(operations::Findings& findings, const std::string& folder) {
  loadtest::MetricsText all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("feedctl") || !name.ends_with(".prom")) continue;
    auto metrics = loadtest::parse_prometheus_text(read_text(entry.path()));
    std::move(metrics.samples.begin(), metrics.samples.end(), std::back_inserter(all.samples));
  }
  check_job_runs(findings, all, now());
}

}  // namespace feedctl::cli::checkup
