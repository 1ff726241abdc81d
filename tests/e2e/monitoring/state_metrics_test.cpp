// Metrics of the state of a process: what an alert is made from.

#include "e2e/monitoring/exposition.hpp"
#include "support/catch.hpp"
#include "support/database_outage.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::eventually;

namespace {

double degraded(int port, const std::string& dependency) {
  return value_of(read_metrics(port), "feedctl_degraded{dependency=\"" + dependency + "\"}");
}

double max_lag(const std::string& text) {
  double most = -1;
  for (int slot = 0; slot < 16; ++slot) {
    most = std::max(most, value_of(text, "feedctl_consumer_lag_seconds{consumer=\"work\",slot=\"" +
                                             std::to_string(slot) + "\"}"));
  }
  return most;
}

double lagging_events(const std::string& text) {
  double all = 0;
  for (int slot = 0; slot < 16; ++slot) {
    all += value_of(text, "feedctl_consumer_lag_events{consumer=\"work\",slot=\"" +
                              std::to_string(slot) + "\"}");
  }
  return all;
}

support::BackgroundProcess start_work(const support::FreshDatabase& database, int port,
                                      const std::string& redis_url = "") {
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                         "FEEDCTL_REDIS_URL=" + redis_url, "JOURNAL_STREAM"};
  return support::BackgroundProcess(
      {support::feedctl_binary(), "work", "--port", std::to_string(port)}, options);
}

}  // namespace

TEST_CASE("a process that goes on without Redis is degraded until it is back") {
  support::FreshDatabase database;
  RedisServer redis;
  support::ServerProcess serve(database, {{"redis.url", redis.url()}});
  const int work_port = support::free_port();
  const auto work = start_work(database, work_port, redis.url());
  const auto all_are = [&](double value) {
    return eventually([&] {
      return degraded(serve.port(), "redis") == value && degraded(work_port, "redis") == value &&
             degraded(work_port, "bus") == value;
    });
  };
  REQUIRE(all_are(0));
  redis.make_unreachable();
  CHECK(all_are(1));
  CHECK(degraded(serve.port(), "postgresql") == 0);
  redis.make_reachable();
  CHECK(all_are(0));
}

TEST_CASE("a dependency that is not configured has no series") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  REQUIRE(eventually([&] { return degraded(serve.port(), "postgresql") == 0; }));
  for (const char* other : {"redis", "bus", "media", "oidc"})
    CHECK(degraded(serve.port(), other) == -1);
}

TEST_CASE("a database that goes away shows as degraded, and a worker as not ready") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const int work_port = support::free_port();
  const auto work = start_work(database, work_port);
  REQUIRE(eventually([&] {
    return degraded(serve.port(), "postgresql") == 0 &&
           value_of(read_metrics(work_port), "feedctl_ready") == 1;
  }));
  support::DatabaseOutage outage(database);
  CHECK(eventually([&] {
    return degraded(serve.port(), "postgresql") == 1 && degraded(work_port, "postgresql") == 1 &&
           value_of(read_metrics(work_port), "feedctl_ready") == 0;
  }));
  CHECK(eventually([&] {
    return value_of(read_metrics(serve.port()),
                    "feedctl_periodic_task_failures_total{task=\"lag of the consumers\"}") > 0;
  }));
  outage.end();
  CHECK(eventually([&] {
    return degraded(serve.port(), "postgresql") == 0 && degraded(work_port, "postgresql") == 0 &&
           value_of(read_metrics(work_port), "feedctl_ready") == 1;
  }));
}

TEST_CASE("serve shows how far the workers are behind, also while none runs") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(http.post("/v1/users", "{\"handle\":\"user_" + std::to_string(i) + "\"}").status ==
            201);
  }
  REQUIRE(eventually([&] { return max_lag(read_metrics(serve.port())) > 1; }));
  CHECK(lagging_events(read_metrics(serve.port())) == 5);
  const auto work = start_work(database, support::free_port());
  CHECK(eventually([&] { return max_lag(read_metrics(serve.port())) == 0; }));
  CHECK(lagging_events(read_metrics(serve.port())) == 0);
}

TEST_CASE("connections of the pools are counted, and are gone with them") {
  support::FreshDatabase database;
  support::ServerProcess serve(database, {{"database.pool_size", "3"}});
  const auto http = serve.client();
  http.get("/v1/feed/hot");
  const auto text = read_metrics(serve.port());
  const auto state = [&](const std::string& name) {
    return value_of(text, "feedctl_db_pool_connections{state=\"" + name + "\"}");
  };
  CHECK(state("limit") >= 3);
  CHECK(state("idle") >= 1);
  CHECK(state("idle") + state("busy") <= state("limit"));
  CHECK(value_of(text, "feedctl_db_pool_waiting") == 0);
}

TEST_CASE("a reload that is refused is seen, and the next one that is accepted") {
  support::FreshDatabase database;
  const support::TempFolder folder;
  const auto config = folder.write("feedctl.yaml", "log: {level: warning}\n");
  const int port = support::free_port();
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "JOURNAL_STREAM"};
  support::BackgroundProcess work({support::feedctl_binary(), "work", "--config", config.string(),
                                   "--port", std::to_string(port)},
                                  options);
  const auto successful = [&] {
    return value_of(read_metrics(port), "feedctl_config_last_reload_successful");
  };
  REQUIRE(eventually([&] { return value_of(read_metrics(port), "feedctl_ready") == 1; }));
  CHECK(successful() == -1);
  folder.write("feedctl.yaml", "log: {level: nonsense}\n");
  work.signal(SIGHUP);
  CHECK(eventually([&] { return successful() == 0; }));
  folder.write("feedctl.yaml", "log: {level: info}\n");
  work.signal(SIGHUP);
  CHECK(eventually([&] { return successful() == 1; }));
}

TEST_CASE(
    "a run of a command writes its end into the file, and a failed one keeps the last success") {
  support::FreshDatabase database;
  const support::TempFolder folder;
  const auto file = (folder.path() / "verify.prom").string();
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  const auto verify = [&](std::vector<std::string> more = {}) {
    std::vector<std::string> words{"verify", "--all", "--invariant", "I3", "--textfile", file};
    words.insert(words.end(), more.begin(), more.end());
    return support::run_feedctl(words, options).exit_code;
  };
  const std::string of_verify = "{command=\"verify\"}";
  CHECK(verify({"--repair", "--dry-run"}) == 0);
  CHECK(support::read_file(file).empty());

  CHECK(verify() == 0);
  const auto first = support::read_file(file);
  CHECK(value_of(first, "feedctl_job_exit_code" + of_verify) == 0);
  CHECK(value_of(first, "feedctl_verify_drift{invariant=\"I3\"}") == 0);
  const auto success = value_of(first, "feedctl_job_last_success_timestamp_seconds" + of_verify);
  CHECK(success > 1.7e9);

  database.execute("INSERT INTO posts (id, shard, text) VALUES (1, 0, 'x')");
  database.execute("INSERT INTO post_likes (post_id, like_count) VALUES (1, 7)");
  CHECK(verify() == 3);
  const auto second = support::read_file(file);
  CHECK(value_of(second, "feedctl_job_exit_code" + of_verify) == 3);
  CHECK(value_of(second, "feedctl_verify_drift{invariant=\"I3\"}") == 1);
  CHECK(value_of(second, "feedctl_job_last_success_timestamp_seconds" + of_verify) == success);
  CHECK(value_of(second, "feedctl_job_last_run_timestamp_seconds" + of_verify) > success);

  const support::DatabaseOutage outage(database);
  CHECK(verify() == 69);
  const auto third = support::read_file(file);
  CHECK(value_of(third, "feedctl_job_exit_code" + of_verify) == 69);
  CHECK(value_of(third, "feedctl_job_last_success_timestamp_seconds" + of_verify) == success);
  CHECK(value_of(third, "feedctl_verify_drift{invariant=\"I3\"}") == 1);
}

TEST_CASE("a load test writes the figures of each second, and that it is over") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const support::TempFolder folder;
  const auto file = (folder.path() / "load.prom").string();
  const auto result = support::run_feedctl(
      {"loadtest", "--url", "http://127.0.0.1:" + std::to_string(serve.port()), "--rate", "20",
       "--duration", "3s", "--warm-up", "0s", "--users", "3", "--textfile", file});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const auto text = support::read_file(file);
  CHECK(value_of(text, "feedctl_loadtest_running{mix=\"default\"}") == 0);
  CHECK(value_of(text, "feedctl_loadtest_planned_rate") == 0);
  CHECK(value_of(text, "feedctl_loadtest_requests_total{outcome=\"ok\"}") > 20);
}
