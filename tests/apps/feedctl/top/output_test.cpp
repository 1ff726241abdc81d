// feedctl top where standard output is no terminal: lines, JSON, exit codes, servers that fail.
#include <algorithm>
#include <fstream>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/scripted_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::support;

namespace {

std::string url_of(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

RunResult run_top(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "top");
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL"};
  return run_feedctl(arguments, options);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// A server of metrics that counts up by ten a reading.
class Exporter {
 public:
  explicit Exporter(std::string more = "", std::string token = "")
      : server_([this, more = std::move(more), token = std::move(token)](ScriptedConnection& c) {
          const auto request = c.read_request();
          if (!request) return;
          const auto sent = request->headers.find("authorization");
          const bool may = token.empty() ||
                           (sent != request->headers.end() && sent->second == "Bearer " + token);
          if (!may) {
            c.write(http_answer("{}", "application/json", "401 Unauthorized"));
          } else if (request->target == "/metrics") {
            const auto n = std::to_string(10 * ++readings_);
            c.write(
                http_answer("feedctl_http_requests_in_flight 2\n"
                            "feedctl_http_request_duration_seconds_count{code=\"200\",method="
                            "\"GET\",route=\"/a\"} " +
                            n +
                            "\nfeedctl_http_request_duration_seconds_bucket{code=\"200\",method="
                            "\"GET\",route=\"/a\","
                            "le=\"0.002\"} " +
                            n +
                            "\nfeedctl_http_request_duration_seconds_bucket{code=\"200\",method="
                            "\"GET\",route=\"/a\","
                            "le=\"+Inf\"} " +
                            n + "\n" + more));
          } else {
            c.write(http_answer("{\"status\":\"ok\"}"));
          }
        }) {}
  std::string url() const { return server_.origin(); }

 private:
  std::atomic<int> readings_{0};
  ScriptedServer server_;
};

}  // namespace

TEST_CASE("top prints a line for each interval where standard output is no terminal") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const auto result = run_top({"-i", "200ms", "--count", "3", url_of(server.port())});
  CHECK(result.exit_code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) {
    CHECK(line.find(" 1 of 1 up") != std::string::npos);
    CHECK(line.find('\033') == std::string::npos);
  }
}

TEST_CASE("top as JSON lines has every figure of a server that answers, and says which does not") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const auto nobody = url_of(free_port());
  const auto result =
      run_top({"--once", "-i", "200ms", "-o", "json", url_of(server.port()), nobody});
  CHECK(result.exit_code == 1);
  const auto document = json::parse(result.out);
  const auto processes = items_of(member_in(document, "processes"));
  REQUIRE(processes.size() == 2);
  CHECK(text_in(processes[0], "role") == "serve");
  CHECK(text_in(processes[0], "status") == "ok");
  CHECK(member_in(processes[0], "cpu_cores").is_null() == false);
  CHECK(*member_in(processes[1], "up").boolean() == false);
  CHECK(text_in(processes[1], "failure") == "connect: Connection refused");
  CHECK(items_of(member_in(document, "dependencies")).size() == 1);
}

TEST_CASE("top --once prints one screen without escape sequences, with rates and latencies") {
  const Exporter exporter;
  const auto result = run_top({"--once", "-i", "200ms", exporter.url()});
  CHECK(result.exit_code == 0);
  INFO(result.out);
  CHECK(result.out.find('\033') == std::string::npos);
  CHECK(result.out.find("GET /a") != std::string::npos);
  CHECK(result.out.find("1.98ms") != std::string::npos);  // p99 within a bucket of 2 ms
  for (const auto& line : lines_of(result.out)) CHECK(line.size() <= 80);
}

TEST_CASE("top exits 69 where nothing answers") {
  const auto result = run_top({"--once", "-i", "200ms", url_of(free_port())});
  CHECK(result.exit_code == 69);
  CHECK(result.out.find("down") != std::string::npos);
}

TEST_CASE("a server that never answers delays neither the others nor the end") {
  ScriptedServer silent([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  const Exporter exporter;
  const auto result = run_top({"-i", "500ms", "--count", "12", silent.origin(), exporter.url()});
  CHECK(result.exit_code == 1);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 12);
  CHECK(lines.back().find("1 of 2 up") != std::string::npos);
  CHECK(lines.back().find("no answer in time") != std::string::npos);
}

TEST_CASE("metrics without end are cut off, and as many routes as there are cost little memory") {
  ScriptedServer endless([](ScriptedConnection& connection) {
    if (!connection.read_request()) return;
    connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    connection.write_endlessly(std::string(64 * 1024, 'x') + "\n");
  });
  const auto cut = run_top({"--once", "-i", "200ms", endless.origin()});
  CHECK(cut.exit_code == 69);

  std::string many;
  for (int i = 0; i < 20'000; ++i)
    many += "feedctl_http_request_duration_seconds_count{code=\"200\",method=\"GET\",route=\"/r" +
            std::to_string(i) + "\"} " + std::to_string(i) + "\n";
  const Exporter exporter(many);
  const auto result = run_top({"--once", "-i", "200ms", "-o", "json", exporter.url()});
  CHECK(result.exit_code == 0);
  CHECK(items_of(member_in(json::parse(result.out), "routes")).size() <= 301);
}

TEST_CASE("top sends the token of --token-file, and refuses a file that others may read") {
  const TempFolder folder;
  const auto file = folder.write("token", "s3cret-token\n");
  const Exporter guarded("", "s3cret-token");
  const auto without = run_top({"--once", "-i", "200ms", guarded.url()});
  CHECK(without.exit_code == 69);
  CHECK(without.out.find("status 401: see --token-file") != std::string::npos);

  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  const auto with =
      run_top({"--once", "-i", "200ms", "--token-file", file.string(), guarded.url()});
  CHECK(with.exit_code == 0);
  CHECK((with.out + with.err).find("s3cret") == std::string::npos);

  std::filesystem::permissions(file, std::filesystem::perms{0644});
  CHECK(run_top({"--once", "--token-file", file.string(), guarded.url()}).exit_code == 1);
}

TEST_CASE("top takes the age of the last flush from a textfile, too") {
  const TempFolder folder;
  const auto file = folder.write(
      "feedctl.prom",
      "feedctl_views_flush_last_success_timestamp_seconds " +
          std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) -
                         7200 * 3) +
          "\nfeedctl_job_last_success_timestamp_seconds{command=\"warm-cache\"} 1000\n"
          "feedctl_job_exit_code{command=\"warm-cache\"} 69\n");
  const Exporter exporter;
  const auto result =
      run_top({"--once", "-i", "200ms", exporter.url(), "--textfile", file.string()});
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("last flush 6 h ago") != std::string::npos);
  CHECK(result.out.find("exit code 69") != std::string::npos);
}

TEST_CASE("top rejects what it cannot show, with a hint") {
  CHECK(run_top({"ftp://example.org"}).exit_code == 64);
  CHECK(run_top({"--once", "--count", "3", url_of(1)}).exit_code == 64);
  CHECK(run_top({"-i", "1ms", url_of(1)}).exit_code == 64);
  std::vector<std::string> many(65, url_of(1));
  const auto result = run_top(many);
  CHECK(result.exit_code == 64);
  CHECK(result.err.find("at most 64") != std::string::npos);
}
