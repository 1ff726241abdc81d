// docs/metrics.md says what the processes expose: no metric more, none less.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <regex>
#include <sstream>

#include "dev_servers/data_dir.hpp"
#include "e2e/monitoring/exposition.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::test;
namespace fs = std::filesystem;

namespace {

fs::path source() {
  return std::getenv("FEEDCTL_SOURCE");
}

struct DocumentedMetric {
  std::string type;
  std::set<std::string> labels;
  std::string processes;
};

// The rows of the tables: | `name` | type | labels | meaning | process |
std::map<std::string, DocumentedMetric> documented_metrics() {
  static const std::regex row(
      R"re(^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \| [^|]+ \| ([^|]+) \|$)re");
  static const std::regex label("`([a-z_]+)`");
  std::map<std::string, DocumentedMetric> metrics;
  std::istringstream lines(support::read_file(source() / "docs/metrics.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    // An empty cell is "| |".
    const auto whole = std::regex_replace(line, std::regex(R"(\| \|)"), "|  |");
    if (!std::regex_match(whole, found, row)) {
      CHECK(line.rfind("| `", 0) != 0);
      continue;
    }
    auto& metric = metrics[found[1]];
    metric.type = found[2];
    metric.processes = found[4];
    const auto labels = found[3].str();
    for (std::sregex_iterator at(labels.begin(), labels.end(), label), end; at != end; ++at)
      metric.labels.insert((*at)[1]);
  }
  return metrics;
}

// Names of the metrics that the sources make. Those of the bus are put together from their parts.
std::set<std::string> metrics_in_sources() {
  static const std::regex made(
      R"re((?:counter|gauge|histogram)\(\s*"(feedctl_\w+[a-z])"|family\.name = "(\w+)"|\{"(process_\w+)",)re");
  std::set<std::string> names{"feedctl_bus_published_total", "feedctl_bus_received_total",
                              "feedctl_bus_errors_total"};
  for (const char* folder : {"lib", "apps"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source() / folder)) {
      const auto kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".hpp") continue;
      const auto text = support::read_file(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at)
        names.insert((*at)[1].str() + (*at)[2].str() + (*at)[3].str());
    }
  }
  return names;
}

std::set<std::string> names_of(const std::map<std::string, DocumentedMetric>& metrics) {
  std::set<std::string> names;
  for (const auto& metric : metrics) names.insert(metric.first);
  return names;
}

std::string without(const std::set<std::string>& all, const std::set<std::string>& those) {
  std::string left;
  for (const auto& name : all) left += those.count(name) == 0 ? name + " " : "";
  return left;
}

void check_documented(const std::string& text, const std::string& process) {
  static const auto documented = documented_metrics();
  REQUIRE_FALSE(text.empty());
  for (const auto& [name, family] : exposed_families(text)) {
    INFO(process << " exposes " << name);
    const auto metric = documented.find(name);
    REQUIRE(metric != documented.end());
    CHECK(metric->second.type == family.type);
    CHECK(without(family.labels, metric->second.labels) == "");
    const bool is_named = metric->second.processes.find(process) != std::string::npos ||
                          metric->second.processes == "each of them";
    CHECK(is_named);
  }
}

void check_by_promtool(const std::string& text) {
  if (dev_servers::find_program("promtool").empty()) {
    WARN("no promtool is installed: the metrics are not linted");
    return;
  }
  support::RunOptions options;
  options.input = text;
  const auto result = support::run({"promtool", "check", "metrics"}, options);
  CHECK(result.out + result.err == "");
  CHECK(result.exit_code == 0);
}

// A server, a worker and Redis, after some requests.
struct MonitoredStack {
  support::FreshDatabase database;
  RedisServer redis{{"--appendonly", "yes", "--appendfsync", "always"}};
  support::TempFolder folder;
  support::ServerProcess serve{database, {{"redis.url", redis.url()}}};
  int work_port = support::free_port();
  std::unique_ptr<support::BackgroundProcess> work;

  support::RunOptions environment() const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                           "FEEDCTL_REDIS_URL=" + redis.url(), "JOURNAL_STREAM",
                           "FEEDCTL_MEDIA_DIRECTORY=" + folder.path().string()};
    return options;
  }
  MonitoredStack() {
    work = std::make_unique<support::BackgroundProcess>(
        std::vector<std::string>{support::feedctl_binary(), "work", "--port",
                                 std::to_string(work_port)},
        environment());
    const auto http = serve.client();
    const auto author = http.post("/v1/users", R"({"handle":"author"})");
    REQUIRE(author.status == 201);
    const auto post = http.post("/v1/posts", R"({"text":"hello"})", {{"X-User-Id", "1"}});
    http.get("/v1/feed/hot");
    http.get("/v1/feed", {{"X-User-Id", "1"}});
    http.get("/nowhere");
  }
  std::string textfile(std::vector<std::string> command) const {
    const auto file = (folder.path() / (command.front() + command.back() + ".prom")).string();
    command.insert(command.end(), {"--textfile", file});
    const auto result = support::run_feedctl(command, environment());
    INFO(result.err);
    CHECK((result.exit_code == 0 || result.exit_code == 3));
    return support::read_file(file);
  }
};

}  // namespace

TEST_CASE("the page of metrics lists exactly the metrics that the sources name") {
  const auto documented = names_of(documented_metrics());
  const auto in_sources = metrics_in_sources();
  CHECK(documented.size() > 100);
  CHECK("missing on the page: " + without(in_sources, documented) == "missing on the page: ");
  CHECK("unknown to the sources: " + without(documented, in_sources) == "unknown to the sources: ");
}

TEST_CASE("serve, work and commands expose what the page says, by promtool's rules") {
  MonitoredStack stack;
  // The first looks of the periodic tasks.
  REQUIRE(support::eventually([&] {
    const auto text = read_metrics(stack.work_port);
    return value_of(text, "feedctl_ready") == 1 &&
           value_of(text, "feedctl_jobs_oldest_seconds") >= 0 &&
           value_of(text, R"(feedctl_queue_messages{state="waiting"})") >= 0;
  }));
  REQUIRE(support::eventually([&] {
    const auto text = read_metrics(stack.serve.port());
    return value_of(text, "feedctl_ready") == 1 && value_of(text, "feedctl_views_pending") >= 0;
  }));
  const auto serve = read_metrics(stack.serve.port());
  const auto work = read_metrics(stack.work_port);
  check_documented(serve, "serve");
  check_by_promtool(serve);
  check_documented(work, "work");
  check_by_promtool(work);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"flush-views"},
                                                  {"warm-cache"},
                                                  {"rebuild-feed", "--all"},
                                                  {"verify", "--all"},
                                                  {"media", "gc"}}) {
    const auto text = stack.textfile(command);
    check_documented(text, command.front());
    check_by_promtool(text);
  }
}
