// The dashboard's figures, and that a server that is down is one of them.
#include <future>
#include <stdexcept>

#include "console_fixture.hpp"
#include "metrics/metrics.hpp"
#include "support/database_outage.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using test::ConsoleFixture;

namespace {

using namespace std::chrono_literals;

// No busy machine comes to the limits; every call reads anew.
console::DashboardOptions patient_options() {
  console::DashboardOptions options;
  options.max_age = 0ms;
  options.max_wait = 60s;
  return options;
}

json::Value figures_of(console::Dashboard& dashboard) {
  return json::parse(dashboard.to_json());
}

// "up: detail" of a dependency; "" where it is not named.
std::string dependency_in(const json::Value& figures, const std::string& name) {
  for (const auto& one : support::list_in(figures, "dependencies")) {
    if (support::text_in(one, "name") == name)
      return support::text_in(one, "state") + ": " + support::text_in(one, "detail");
  }
  return "";
}

std::int64_t figure(const json::Value& figures, const std::string& group, const std::string& name) {
  return support::integer_in(support::member_in(figures, group), name);
}

bool is_null(const json::Value& figures, const std::string& group, const std::string& name) {
  return support::member_in(support::member_in(figures, group), name).is_null();
}

}  // namespace

TEST_CASE("the dashboard has the figures of the process, the database and the views") {
  ConsoleFixture site;
  site.scalar(
      "INSERT INTO view_flush (batch_id, applied_at) VALUES "
      "('v:e:1', clock_timestamp() - interval '1 hour') RETURNING 1");
  auto options = patient_options();
  options.clock = [] { return from_unix_us(1'800'000'000'000'000); };
  options.feed_index = [] { return console::FeedIndexState{true, 11, 12, 13}; };
  options.pending_views = [] { return 42; };
  console::Dashboard dashboard(site.database, options);
  const auto figures = figures_of(dashboard);
  CHECK(support::text_in(figures, "at") == "2027-01-15T08:00:00Z");
  CHECK(support::text_in(figures, "started_at") > "2020");
  CHECK(figure(figures, "process", "resident_bytes") > 0);
  CHECK(figure(figures, "process", "open_fds") > 0);
  CHECK(figure(figures, "feed", "index_posts") == 11);
  CHECK(figure(figures, "feed", "index_users") == 12);
  CHECK(figure(figures, "feed", "index_bytes") == 13);
  CHECK(support::flag_in(support::member_in(figures, "feed"), "ready"));
  CHECK(figure(figures, "views", "pending") == 42);
  CHECK_FALSE(is_null(figures, "views", "last_flush_age_seconds"));
  CHECK(figure(figures, "events", "dead") == 0);
  CHECK_FALSE(is_null(figures, "events", "lag_seconds"));
  CHECK(dependency_in(figures, "postgresql").find("up: ") == 0);
}

TEST_CASE("dead events and waiting events are counted") {
  ConsoleFixture site;
  site.scalar(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at) VALUES ('event', 1, 1, '{}', 3, 0, 'broken', clock_timestamp()) "
      "RETURNING 1");
  console::Dashboard dashboard(site.database, patient_options());
  const auto figures = figures_of(dashboard);
  CHECK(figure(figures, "events", "dead") == 1);
  CHECK(figure(figures, "events", "backlog") >= 0);
  CHECK(is_null(figures, "views", "pending"));
  CHECK(is_null(figures, "views", "last_flush_age_seconds"));
}

TEST_CASE("a database that is down makes its figures unknown, and is told as down") {
  ConsoleFixture site;
  store::Options quick;
  quick.url = site.fresh.url();
  store::Database database(quick);
  console::Dashboard dashboard(database, patient_options());
  support::DatabaseOutage outage(site.fresh);
  const auto figures = figures_of(dashboard);
  CHECK(dependency_in(figures, "postgresql").find("down: ") == 0);
  for (const auto* name : {"lag_seconds", "backlog", "dead"}) {
    INFO(name);
    CHECK(is_null(figures, "events", name));
  }
  CHECK(figure(figures, "process", "open_fds") > 0);
  outage.end();
  CHECK(support::eventually(
      [&] { return dependency_in(figures_of(dashboard), "postgresql").find("up: ") == 0; }));
}

TEST_CASE("a dependency is up, down with its reason, or off") {
  ConsoleFixture site;
  auto options = patient_options();
  options.pending_views = []() -> std::int64_t { throw std::runtime_error("Redis is down"); };
  options.dependencies = {
      {"redis", "cache", [] { throw std::runtime_error("connection refused"); }},
      {"rabbitmq", "the configuration does not use it"},
      {"other", "something", [] {}}};
  console::Dashboard dashboard(site.database, options);
  const auto figures = figures_of(dashboard);
  CHECK(dependency_in(figures, "redis") == "down: connection refused");
  CHECK(dependency_in(figures, "rabbitmq") == "off: the configuration does not use it");
  CHECK(dependency_in(figures, "other") == "up: something");
  CHECK(is_null(figures, "views", "pending"));
}

TEST_CASE("a dependency that hangs is down, and holds nobody up") {
  ConsoleFixture site;
  std::promise<void> end;
  auto options = patient_options();
  options.max_wait = 1ms;
  options.dependencies = {{"redis", "cache", [ended = end.get_future().share()] { ended.wait(); }}};
  console::Dashboard dashboard(site.database, options);
  CHECK(dependency_in(figures_of(dashboard), "redis") == "down: no answer yet");
  end.set_value();
}

TEST_CASE("requests are counted by their outcome, over all routes") {
  const auto timing = [](const std::string& route, const std::string& code) -> auto& {
    return metrics::histogram("feedctl_http_request_duration_seconds", "",
                              {{"route", route}, {"method", "GET"}, {"code", code}});
  };
  ConsoleFixture site;
  console::Dashboard dashboard(site.database, patient_options());
  const auto before = figures_of(dashboard);
  timing("/a", "200").observe(0.0001);
  timing("/b", "200").observe(0.2);
  timing("/a", "500").observe(60);
  timing("/a", "429").observe(0.0001);
  timing("/b", "503").observe(0.0001);
  metrics::counter("feedctl_http_shed_total", "", {{"class", "read"}, {"reason", "x"}}).add();
  const auto after = figures_of(dashboard);
  const auto growth = [&](const std::string& name) {
    return figure(after, "http", name) - figure(before, "http", name);
  };
  CHECK(growth("requests") == 5);
  CHECK(growth("errors") == 1);
  CHECK(growth("refused") == 3);
  const auto buckets = support::list_in(support::member_in(after, "http"), "buckets");
  REQUIRE(buckets.size() == 14);
  CHECK(support::integer_in(buckets.back(), "count") ==
        figure(after, "http", "requests") - 1);  // one took a minute
}

TEST_CASE("the dashboard is for administrators, and is not stored") {
  ConsoleFixture site;
  const auto as = [](const test::ConsoleSession& session) {
    return ConsoleFixture::Headers{{"authorization", "Bearer " + session.access_token}};
  };
  const auto response =
      site.server.get("/api/v1/admin/dashboard", as(site.sign_in_at_console("ada")));
  CHECK(response.status == 200);
  CHECK(test::header_of(response, "Cache-Control").empty());  // the server adds no-store
  CHECK(site.server.get("/api/v1/admin/dashboard", as(site.sign_in_at_console("eve", "editor")))
            .status == 403);
  CHECK(site.server.get("/api/v1/admin/dashboard").status == 401);
}
