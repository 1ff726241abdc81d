// At least fifteen hundred commands (FEEDCTL_LONG=1: twenty thousand) over each bus, while messages
// are lost, repeated, late and out of order, workers are killed and carriers are wiped: afterwards
// everything is as if nothing had happened. Clients go on until workers were killed four times and
// enough has happened to the carrier.
#include <signal.h>

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "base/json.hpp"
#include "base/time.hpp"
#include "bus/amqp_connection.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"
#include "support/rabbitmq.hpp"
#include "support/test_servers.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

constexpr int user_count = 120;
constexpr int clients = 4;
const int commands = rounds(1'500, 20'000);
constexpr int poison_events = 5;
constexpr int min_kills = 4;

std::int64_t id_in(const support::HttpResponse& answer) {
  return support::integer_in(answer, "id");
}

std::string as(std::int64_t user) {
  return "\"user_id\":" + std::to_string(user);
}

struct TestUsers {
  explicit TestUsers(const support::HttpClient& http) {
    for (int i = 0; i < user_count; ++i) {
      users.push_back(id_in(http.send_until_available(
          "POST", "/v1/users", R"({"handle":"p)" + std::to_string(i) + "\"}")));
    }
  }
  std::vector<std::int64_t> users;
};

// One client's share of the commands, and more while `should_continue`. Any answer but a server's
// fault is fine: unlikes of what is not liked and the like are part of it.
void run_random_commands(int port, const TestUsers& world, int seed, std::atomic<int>& faults,
                         const std::function<bool()>& should_continue) {
  const support::HttpClient http(port);
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto someone = [&] { return world.users[random() % world.users.size()]; };
  std::vector<std::pair<std::int64_t, std::int64_t>> posts;  // and authors
  const auto check = [&](const support::HttpResponse& answer) {
    // A busy server may say so; nothing else of the kind.
    if (answer.status == 0 || (answer.status >= 500 && answer.status != 503)) ++faults;
    return answer;
  };
  for (int i = 0; i < commands / clients || should_continue(); ++i) {
    if (i >= commands / clients) std::this_thread::sleep_for(5ms);  // workers have to keep up
    const auto user = someone();
    const auto other = std::to_string(someone());
    const auto what = random() % 100;
    if (what < 30 || posts.empty()) {
      const auto made = check(http.post("/v1/posts", "{\"text\":\"x\"," + as(user) + "}"));
      if (made.status == 201) posts.emplace_back(id_in(made), user);
    } else if (what < 50) {
      check(http.post("/v1/users/" + other + "/follow", "{" + as(user) + "}"));
    } else if (what < 60) {
      check(http.post("/v1/users/" + other + "/unfollow", "{" + as(user) + "}"));
    } else if (what < 85) {
      const auto post = std::to_string(posts[random() % posts.size()].first);
      check(http.post("/v1/likes", "{\"post_id\":" + post + "," + as(user) + "}"));
    } else if (what < 90) {
      const auto post = std::to_string(posts[random() % posts.size()].first);
      check(http.del("/v1/feed/posts/" + post + "/likes/" + std::to_string(user) + "/"));
    } else if (what < 95) {
      const auto at = random() % posts.size();
      check(http.del("/v1/posts/" + std::to_string(posts[at].first) +
                     "?user_id=" + std::to_string(posts[at].second)));
      posts.erase(posts.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      check(http.get("/v1/feed?user_id=" + std::to_string(user)));
    }
  }
}

void add_poison_events(const support::FreshDatabase& database) {
  for (int i = 1; i <= poison_events; ++i) {
    database.execute("INSERT INTO events (type, shard, actor, object) VALUES (99, " +
                     std::to_string(i * 60) + ", 1, " + std::to_string(i) + ") RETURNING id");
  }
}

std::string posts_of(const support::HttpResponse& page) {
  const auto value = json::parse(page.body);
  std::string ids = std::to_string(page.status) + ":";
  if (const auto* posts = value.find("posts"); posts != nullptr && posts->array()) {
    for (const auto& post : *posts->array()) {
      ids += std::to_string(support::integer_in(post, "id")) + " ";
    }
  }
  return ids;
}

// The first page as rows give it is the one that the definition gives, which any token asks for.
int differing_feeds(int port, const TestUsers& world) {
  const support::HttpClient http(port);
  int differing = 0;
  for (const auto user : world.users) {
    const auto target = "/v1/feed?limit=100&user_id=" + std::to_string(user);
    const auto rows = http.get(target);
    REQUIRE(rows.status == 200);
    const auto truth = http.get(target + "&min_token=" + rows.header("x-feed-token"));
    REQUIRE(truth.status == 200);
    if (posts_of(rows) != posts_of(truth)) ++differing;
  }
  return differing;
}

// Slots with events that wait, and jobs other than the poisons'; "" where there is none.
std::string count_pending(const support::FreshDatabase& database) {
  return database.execute(
      "SELECT coalesce(string_agg(what, ', '), '') FROM ("
      "SELECT c.slot || ': ' || count(*) || ' since ' || min(e.at) || ' moved ' || max(c.moved_at) "
      "|| ' dirty ' || bool_or(c.dirty) AS what FROM events e JOIN consumers c ON c.name = 'work' "
      "AND c.slot = e.shard % 16 WHERE NOT pg_visible_in_snapshot(e.xid, c.at) GROUP BY c.slot "
      "UNION ALL SELECT kind || ' ' || count(*) || ' ' || coalesce(max(error), '') FROM jobs "
      "WHERE kind <> 'event' GROUP BY kind) w");
}

// `wreck`: what happens to the carrier every few seconds; true once that was enough.
void run_with_faults(support::Settings settings, const std::function<bool()>& wreck) {
  support::FreshDatabase database;
  settings["feed.fanout_max_followers"] = "60";
  support::ServerProcess serve(database,
                               {{"feed.fanout_max_followers", "60"}, {"feed.index", "off"}});
  const TestUsers world(serve.client());
  WorkerProcesses workers(database, 3, settings, "bus.unreliable=value:20");
  for (const auto user : world.users) {
    serve.client().get("/v1/feed?user_id=" + std::to_string(user));
  }
  add_poison_events(database);

  std::atomic<int> faults{0};
  std::atomic<int> running{clients};
  std::atomic<bool> is_enough{false};
  const auto deadline = Deadline::after(10min);
  const auto expects_faults = [&] { return !is_enough && !deadline.is_expired(); };
  std::vector<std::jthread> threads;
  // Where this thread fails the others end, so that the failure is shown.
  const std::shared_ptr<void> end_of_faults(nullptr, [&](void*) { is_enough = true; });
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      run_random_commands(serve.port(), world, c, faults, expects_faults);
      --running;
    });
  }
  std::mt19937 random(7);
  for (int kills = 1; running > 0 || expects_faults(); ++kills) {
    const auto victim = random() % workers.size();
    workers.kill(victim);
    std::this_thread::sleep_for(300ms);
    workers.start(victim);
    if (wreck() && kills >= min_kills) is_enough = true;
    std::this_thread::sleep_for(1200ms);
  }
  for (auto& thread : threads) thread.join();
  CHECK(is_enough);
  CHECK(faults == 0);

  const auto dead = [&] { return database.execute("SELECT count(*) FROM dead_events"); };
  // Poisons are tried eight times over about half a minute, which need not be waited for;
  // everything else settles at once.
  const auto hurry = [&] {
    database.execute(
        "WITH h AS (UPDATE jobs SET not_before = now() WHERE kind = 'event' AND not_before > now() "
        "RETURNING id) SELECT count(*) FROM h");
  };
  const bool home = eventually(60s, [&] { return count_pending(database).empty(); });
  INFO(count_pending(database));
  for (std::size_t i = 0; i < workers.size() && !home; ++i) UNSCOPED_INFO(workers.output(i));
  CHECK(home);
  CHECK(eventually(150s, [&] {
    hurry();
    return dead() == std::to_string(poison_events) && is_backlog_empty(database);
  }));
  CHECK(database.execute("SELECT string_agg(DISTINCT payload ->> 'type', ',') FROM dead_events") ==
        "99");
  std::string printed;
  const int found = run_verify(database, printed);
  INFO(printed);
  CHECK(found == 0);
  CHECK(database.execute("SELECT count(*) FROM feed_state WHERE state = 2") ==
        std::to_string(user_count));
  CHECK(differing_feeds(serve.port(), world) == 0);
}

// False where the server is away, as it may be.
bool delete_queues(const support::RabbitmqServer& rabbit) {
  try {
    const auto deadline = Deadline::after(30s);
    bus::AmqpConnection amqp(bus::parse_amqp_url(rabbit.server.url()), deadline, "test");
    for (int slot = 0; slot < 16; ++slot) {
      amqp.delete_queue("feedctl.events." + std::to_string(slot));
    }
    return true;
  } catch (const bus::AmqpConnectionError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("the log alone delivers every event, without Redis or a broker") {
  run_with_faults({{"bus.kind", "postgres"}}, [] { return true; });
}

TEST_CASE("every event is delivered over Redis, though its streams are flushed") {
  const auto url = support::redis_url(11);
  const auto socket = support::test_servers().redis().socket_path().string();
  run_with_faults({{"bus.kind", "redis"}, {"redis.url", url}}, [&] {
    return support::run({"redis-cli", "-s", socket, "-n", "11", "flushdb"}).exit_code == 0;
  });
}

TEST_CASE(
    "every event is delivered over RabbitMQ, though its server is killed and its queues deleted") {
  const auto* rabbit = support::rabbitmq();
  if (rabbit == nullptr) return;
  int killed = 0, since = 0;
  run_with_faults({{"bus.kind", "rabbitmq"}, {"bus.rabbitmq_url", rabbit->server.url().reveal()}},
                  [&] {
                    if (since < 2) {  // where it is back already
                      since += delete_queues(*rabbit);
                      return killed > 0;
                    }
                    // Right after queues were made, which may leave them without a leader.
                    since = 0;
                    const auto pid = rabbit->supervisor.pid(dev_servers::Rabbitmq::service_name);
                    if (pid > 0 && ::kill(pid, SIGKILL) == 0) ++killed;
                    return killed > 0;
                  });
}
