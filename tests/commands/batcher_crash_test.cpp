// Batched writes of the real server while it drains or is killed. FEEDCTL_LONG=1 kills it two
// hundred times.
#include <atomic>
#include <random>

#include "batcher_fixture.hpp"
#include "support/long_mode.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

constexpr int clients = 32;

int kills() {
  return support::rounds(4, 200);
}

// One command that was sent once, or until it was answered, and its last response.
struct SentCommand {
  int event;  // the type of its event
  Id actor;
  Id object;
  bool has_key;
  int status = 0;  // 0: no answer, or none that says whether it was done
};

// Clients that write as fast as they can; no two commands are of the same pair.
class CommandWriters {
 public:
  CommandWriters(int port, std::vector<Id> posts, std::vector<Id> people)
      : http_(port, "127.0.0.1", 20s), posts_(std::move(posts)), people_(std::move(people)) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, i] { write(i); });
  }
  ~CommandWriters() { stop(); }
  int answered() const { return answered_; }
  std::vector<SentCommand> stop() {
    ending_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    return std::exchange(sent_, {});
  }

 private:
  void write(int client) {
    std::mt19937 random(static_cast<unsigned>(client));
    for (Id turn = 0; !ending_; ++turn) {
      SentCommand like{1, 1'000'000 + 1000 * turn + client, posts_[random() % posts_.size()],
                       random() % 2 == 0};
      if (random() % 4 != 0) {
        send(like);
        if (like.status == 201 && random() % 4 == 0) {
          SentCommand unlike{2, like.actor, like.object, like.has_key};
          send(unlike);
        }
        continue;
      }
      const auto follower = people_[static_cast<std::size_t>(client)];
      const auto followee =
          people_[clients + static_cast<std::size_t>(turn) % (people_.size() - clients)];
      SentCommand follow{turn / 100 % 2 == 0 ? 3 : 4, follower, followee, like.has_key};
      send(follow);
    }
  }

  void send(SentCommand& one) {
    static const char* const verbs[] = {"likes", "likes", "follow", "unfollow"};
    const auto path = std::string(one.event <= 2 ? "/v1/posts/" : "/v1/users/") +
                      std::to_string(one.object) + '/' + verbs[one.event - 1];
    support::HttpHeaders headers{{"X-User-Id", std::to_string(one.actor)}};
    const auto key = std::to_string(++keys_);
    if (one.has_key) headers.emplace_back("Idempotency-Key", "k" + key);
    const auto answer = http_.send(one.event == 2 ? "DELETE" : "POST", path, "", headers);
    if (answer.status >= 200 && answer.status < 500 && answer.status != 409)
      one.status = answer.status;
    if (one.status != 0) ++answered_;
    const std::lock_guard lock(mutex_);
    sent_.push_back(one);
  }

  support::HttpClient http_;
  const std::vector<Id> posts_, people_;
  std::atomic<bool> ending_{false};
  std::atomic<int> answered_{0};
  static inline std::atomic<int> keys_{0};
  std::mutex mutex_;
  std::vector<SentCommand> sent_;
  std::vector<std::thread> threads_;
};

// An answered command is stored once; an unanswered one at most once. `event` is of a pair.
class AcknowledgedCommands {
 public:
  explicit AcknowledgedCommands(BatcherFixture& world) : world_(world) {}

  void add(const std::vector<SentCommand>& sent) {
    std::string rows;
    for (const auto& one : sent) {
      if (one.event > 2) continue;  // follows are removed, too: only counters and events count
      rows += (rows.empty() ? "(" : ",(") + std::to_string(one.event) + ',' +
              std::to_string(one.actor) + ',' + std::to_string(one.object) + ',' +
              std::to_string(one.status) + ')';
    }
    if (!rows.empty()) world_.fresh.execute("INSERT INTO sent VALUES " + rows);
  }
  // Counts answered commands that are not stored exactly once, and others that are stored twice.
  std::int64_t count_violations() const {
    const std::string events =
        "(SELECT count(*) FROM events e WHERE e.type = s.type AND e.actor = s.actor AND e.object = "
        "s.object)";
    return world_.count("sent s WHERE status IN (201, 204) AND " + events + " <> 1") +
           world_.count("sent s WHERE " + events + " > 1") +
           world_.count("sent s WHERE status NOT IN (0, 201, 204)") +
           world_.count(
               "sent s WHERE type = 1 AND status = 201 AND NOT EXISTS (SELECT FROM sent u WHERE "
               "u.type = 2 AND u.actor = s.actor AND u.object = s.object) AND NOT EXISTS (SELECT "
               "FROM likes k WHERE k.user_id = s.actor AND k.post_id = s.object)") +
           world_.count(
               "user_stats s WHERE following <> (SELECT count(*) FROM follows f WHERE "
               "f.follower_id = s.user_id) OR followers <> (SELECT count(*) FROM follows "
               "f WHERE f.followee_id = s.user_id)") +
           world_.count(
               "(SELECT actor, object, sum(CASE type WHEN 3 THEN 1 ELSE -1 END) AS n FROM events "
               "WHERE type IN (3, 4) GROUP BY 1, 2) e WHERE n <> (SELECT count(*) FROM follows f "
               "WHERE f.follower_id = e.actor AND f.followee_id = e.object)") +
           world_.count_inconsistencies();
  }

 private:
  BatcherFixture& world_;
};

std::vector<Id> add_people(BatcherFixture& world) {
  std::vector<Id> people;
  for (int i = 0; i < clients + 20; ++i) {
    people.push_back(world.users.create({"u" + std::to_string(i), "", users::Role::user}).id);
  }
  return people;
}

bool await(const std::function<bool()>& condition) {
  for (int i = 0; i < 12'000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
  return condition();
}

}  // namespace

TEST_CASE("every acknowledged command of a killed server is stored exactly once") {
  BatcherFixture world;
  world.fresh.execute("CREATE TABLE sent (type integer, actor bigint, object bigint, status int)");
  world.fresh.execute("CREATE INDEX ON sent (actor, object)");
  world.fresh.execute("CREATE INDEX events_pair ON events (actor, object)");
  const auto people = add_people(world);
  support::ServerProcess serve(world.fresh);
  AcknowledgedCommands witness(world);
  int answered = 0;
  for (int round = 0; round < kills(); ++round) {
    INFO("round " << round);
    // New posts in each round, so that no pair occurs twice.
    CommandWriters writers(serve.port(), world.add_posts(3), people);
    REQUIRE(await([&] { return writers.answered() > 200 + 50 * (round % 7); }));
    serve.kill();
    witness.add(writers.stop());
    serve.start();
    answered += writers.answered();
    if (round % 20 == 0) CHECK(witness.count_violations() == 0);
  }
  CHECK(witness.count_violations() == 0);
  CHECK(world.count("sent WHERE status = 201") > answered / 4);
  // Some commands shared a statement.
  CHECK(world.count("(SELECT xid FROM events WHERE type = 1 GROUP BY xid HAVING count(*) > 1) b") >
        0);
}

TEST_CASE("a server that is terminated with pending commands answers all of them") {
  BatcherFixture world;
  const auto people = add_people(world);
  const auto locked = world.add_post();
  support::ServerProcess serve(world.fresh);
  const support::HttpClient http(serve.port());
  std::atomic<int> liked{0}, told{0}, sent{0};
  std::vector<std::thread> threads;
  auto tx = std::make_optional(world.lock(locked));
  for (Id user = 1; user <= 12; ++user) {
    threads.emplace_back([&, user] {
      ++sent;
      const auto answer = http.post("/v1/posts/" + std::to_string(locked) + "/likes", "",
                                    {{"X-User-Id", std::to_string(user)}});
      liked += answer.status == 201 ? 1 : 0;
      told += answer.status == 201 || answer.status == 503 ? 1 : 0;
    });
  }
  REQUIRE(world.wait_for_blocked());
  REQUIRE(await([&] { return sent == 12; }));
  int code = -1;
  std::thread ending([&] { code = serve.stop(); });
  std::this_thread::sleep_for(100ms);
  tx.reset();
  for (auto& thread : threads) thread.join();
  ending.join();
  CHECK(code == 0);
  CHECK(told == 12);
  CHECK(liked == world.count("likes"));
  CHECK(liked > 0);
  CHECK(world.count_inconsistencies() == 0);
}
