#include "loadtest/metrics_scraper.hpp"

#include <atomic>
#include <string>

#include "base/error.hpp"
#include "loadtest/prometheus_text.hpp"
#include "loadtest/server_values.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/eventually.hpp"
#include "support/scripted_server.hpp"

namespace feedctl::loadtest {

namespace {

// As /metrics of `serve` has them.
std::string serve_metrics(int hits, int misses) {
  return "# HELP feedctl_cache_requests_total Reads of the cache.\n"
         "# TYPE feedctl_cache_requests_total counter\n"
         "feedctl_cache_requests_total{cache=\"redis\",result=\"hit\"} " +
         std::to_string(hits) +
         "\nfeedctl_cache_requests_total{cache=\"hot\",result=\"fresh\"} 0\n"
         "feedctl_cache_requests_total{cache=\"redis\",result=\"wait\"} 3\n"
         "feedctl_cache_requests_total{cache=\"redis\",result=\"miss\"} " +
         std::to_string(misses) +
         "\nfeedctl_http_request_duration_seconds_count{code=\"200\",method=\"GET\",route=\"/\"} "
         "90\n"
         "feedctl_http_request_duration_seconds_count{code=\"500\",method=\"GET\",route=\"/\"} 2\n"
         "feedctl_http_request_duration_seconds_count{code=\"503\",method=\"GET\",route=\"/\"} 5\n"
         "feedctl_http_shed_total{class=\"read\"} 4\n"
         "feedctl_db_pool_wait_seconds_sum 0.5\nfeedctl_db_pool_wait_seconds_count 10\n"
         "process_resident_memory_bytes 1.5e+07\n";
}

ServerValues::Values values_of(ServerValues& values, const std::string& text) {
  return values.next(parse_prometheus_text(text).samples);
}

support::ScriptedServer::Handler answering(std::string body, std::string status = "200 OK") {
  return [=](support::ScriptedConnection& connection) {
    if (connection.read_request())
      connection.write(support::http_answer(body, "text/plain", status));
  };
}

// The sample of one reading.
std::optional<ServerSample> read_once(MetricsScraper& scraper, std::uint32_t second) {
  CHECK_FALSE(scraper.scrape(second));
  return scraper.finish();
}

}  // namespace

TEST_CASE("samples have a name, labels and a value") {
  const auto text = parse_prometheus_text(
      "# HELP x words\n# TYPE x counter\n\nx 1\r\n"
      "x{a=\"1\",b=\"two\"} 2.5\n  y{a=\"q\\\"u\\\\o\\nt}e,\",} 1e3 1700000000000\n"
      "z{} +Inf\nw NaN\nlast -3");
  REQUIRE(text.samples.size() == 6);
  CHECK(text.skipped_lines == 0);
  CHECK(text.samples[0].name == "x");
  CHECK(text.samples[0].value == 1);
  CHECK(text.samples[1].label("b") == "two");
  CHECK(text.samples[1].label("c") == "");
  CHECK(text.samples[2].label("a") == "q\"u\\o\nt}e,");
  CHECK(text.samples[2].value == 1000);
  CHECK(text.samples[3].value > 1e308);
  CHECK(text.samples[4].value != text.samples[4].value);
  CHECK(text.samples[5].value == -3);
}

TEST_CASE("malformed lines are skipped and counted") {
  for (const char* line :
       {"x", "x 1 2 3", "x one", "{a=\"1\"} 1", "x{a=1} 1", "x{a=\"1\" 1", "x{a=\"1", "x{a=\"1\\",
        "x{=\"1\"} 1", "x{a=\"1\"b=\"2\"} 1", "\x01 1", "x 1 now"}) {
    INFO(line);
    const auto text = parse_prometheus_text(std::string(line) + "\ny 1\n");
    CHECK(text.skipped_lines == 1);
    REQUIRE(text.samples.size() == 1);
    CHECK(text.samples[0].name == "y");
  }
}

TEST_CASE("a text has a bounded number of samples") {
  std::string lines;
  for (std::size_t i = 0; i < max_metric_samples + 5; ++i) lines += "x 1\n";
  const auto text = parse_prometheus_text(lines);
  CHECK(text.samples.size() == max_metric_samples);
  CHECK(text.skipped_lines == 5);
  std::string many_labels = "x{";
  for (int i = 0; i < 1000; ++i) many_labels += "a=\"1\",";
  CHECK(parse_prometheus_text(many_labels + "} 1").samples.empty());
}

TEST_CASE("the server's figures get short names") {
  ServerValues values;
  const auto first = values_of(values, serve_metrics(100, 20));
  CHECK(first.at("requests") == 97);
  CHECK(first.at("errors") == 2);
  CHECK(first.at("refused") == 9);
  CHECK(first.at("cache_hits") == 100);
  CHECK(first.at("cache_stale") == 3);
  CHECK(first.at("cache_misses") == 20);
  CHECK(first.at("rss") == 1.5e7);
  CHECK(first.count("cache_hit_ratio") == 0);
  CHECK(first.count("event_backlog") == 0);
}

TEST_CASE("ratios and averages are those since the reading before") {
  ServerValues values;
  values_of(values, serve_metrics(100, 100));
  CHECK(values_of(values, serve_metrics(190, 110)).at("cache_hit_ratio") == 0.9);
  // Nothing was read since.
  CHECK(values_of(values, serve_metrics(190, 110)).count("cache_hit_ratio") == 0);
  // The server was started again.
  CHECK(values_of(values, serve_metrics(5, 5)).count("cache_hit_ratio") == 0);
  CHECK(values_of(values, serve_metrics(8, 6)).at("cache_hit_ratio") == 0.75);
  ServerValues lags;
  values_of(lags, "feedctl_event_lag_seconds_sum 2\nfeedctl_event_lag_seconds_count 10\n");
  const auto next =
      values_of(lags, "feedctl_event_lag_seconds_sum 5\nfeedctl_event_lag_seconds_count 16\n");
  CHECK(next.at("event_lag") == 0.5);
}

TEST_CASE("figures of several workers are added, but rows that all of them count") {
  ServerValues values;
  const auto sum =
      values_of(values,
                "feedctl_queue_messages{state=\"waiting\"} 7\n"
                "feedctl_queue_messages{state=\"unacknowledged\"} 3\n"
                "feedctl_dead_letters 4\nfeedctl_dead_letters 5\n"
                "process_resident_memory_bytes 10\nprocess_resident_memory_bytes 20\n");
  CHECK(sum.at("event_backlog") == 10);
  CHECK(sum.at("dead_letters") == 5);
  CHECK(sum.at("rss") == 30);
}

TEST_CASE("a reading is of the second that asked for it, and is returned once") {
  support::ScriptedServer server([](support::ScriptedConnection& connection) {
    const auto request = connection.read_request();
    if (!request || request->target != "/metrics") return;
    connection.write(support::http_answer(serve_metrics(1, 1), "text/plain"));
  });
  MetricsScraper scraper(server.origin());
  const auto sample = read_once(scraper, 7);
  REQUIRE(sample);
  CHECK(sample->second == 7);
  CHECK(sample->values.at("cache_hits") == 1);
  CHECK_FALSE(scraper.finish());
  CHECK(scraper.notes().empty());
}

TEST_CASE("a slow answer holds up nobody, and seconds meanwhile are left out") {
  std::atomic<bool> may_answer = false;
  support::ScriptedServer server([&](support::ScriptedConnection& connection) {
    if (!connection.read_request()) return;
    if (support::eventually([&] { return may_answer.load(); }))
      connection.write(support::http_answer(serve_metrics(1, 1), "text/plain"));
  });
  auto options = scrape_options();
  options.read_timeout = options.deadline = std::chrono::minutes{5};
  MetricsScraper scraper(server.origin(), options);
  CHECK_FALSE(scraper.scrape(1));
  CHECK_FALSE(scraper.scrape(2));
  may_answer = true;
  const auto sample = scraper.finish();
  REQUIRE(sample);
  CHECK(sample->second == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("a server without metrics is a note") {
  support::ScriptedServer server(answering("no such page", "404 Not Found"));
  MetricsScraper scraper(server.origin());
  CHECK_FALSE(read_once(scraper, 1));
  CHECK_FALSE(read_once(scraper, 2));
  REQUIRE(scraper.notes().size() == 1);
  CHECK(scraper.notes()[0] ==
        server.origin() + "/metrics gave no figures 2 of 2 times: status 404");
}

TEST_CASE("a server that is gone is a note") {
  std::string origin;
  {
    support::ScriptedServer server(answering(""));
    origin = server.origin();
  }
  MetricsScraper scraper(origin);
  CHECK_FALSE(read_once(scraper, 1));
  CHECK(scraper.notes().size() == 1);
}

TEST_CASE("workers add their figures to those of the server") {
  support::ScriptedServer serve(answering(serve_metrics(1, 1)));
  support::ScriptedServer work(answering("feedctl_queue_messages{state=\"waiting\"} 7\n"));
  support::ScriptedServer broken(answering("", "500 Internal Server Error"));
  MetricsScraper scraper(serve.origin());
  scraper.add(work.origin() + "/metrics");
  scraper.add(broken.origin());
  const auto sample = read_once(scraper, 3);
  REQUIRE(sample);
  CHECK(sample->values.at("event_backlog") == 7);
  CHECK(sample->values.at("requests") == 97);
  CHECK(scraper.notes().size() == 1);
}

TEST_CASE("while a process that has answered is away there are gaps, no smaller sums") {
  std::atomic<bool> is_away = false;
  support::ScriptedServer serve(answering(serve_metrics(1, 1)));
  support::ScriptedServer other([&](support::ScriptedConnection& connection) {
    if (connection.read_request() && !is_away)
      connection.write(support::http_answer(serve_metrics(1, 1), "text/plain"));
  });
  MetricsScraper scraper(serve.origin());
  scraper.add(other.origin());
  const auto both = read_once(scraper, 1);
  REQUIRE(both);
  CHECK(both->values.at("requests") == 2 * 97);
  is_away = true;
  CHECK_FALSE(read_once(scraper, 2));
  is_away = false;
  const auto again = read_once(scraper, 3);
  REQUIRE(again);
  CHECK(again->values.at("requests") == 2 * 97);
}

TEST_CASE("a URL that is none is refused at once") {
  CHECK(support::error_code_of([] { MetricsScraper scraper("localhost"); }) == ErrorCode::usage);
}

}  // namespace feedctl::loadtest
