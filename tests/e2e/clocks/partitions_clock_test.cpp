// serve and work while the clock of their PostgreSQL steps forward and back: the partitions of the
// event log and of the feeds' rows.
#include "base/error.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/own_postgres.hpp"
#include "support/server_process.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::test {

namespace {

using namespace std::chrono_literals;
using support::PrivatePostgres;

constexpr auto patience = 120s;
constexpr std::chrono::hours day{24};

// Of a database whose schema the binary under test has made.
class PartitionedCluster {
 public:
  PartitionedCluster() {
    run_.environment = {"FEEDCTL_DATABASE_URL=" + postgres.url(),
                        "FEEDCTL_DATABASE_OWNER_URL=" + postgres.owner_url(), "FEEDCTL_CONFIG"};
    REQUIRE(run({"migrate", "up"}).exit_code == 0);
    serve_.emplace(postgres.url(), support::Settings{});
    work_.emplace(
        std::vector<std::string>{support::feedctl_binary(), "work", "--set", "log.level=warning"},
        run_);
  }

  support::RunResult run(const std::vector<std::string>& arguments) const {
    return support::run_feedctl(arguments, run_);
  }

  // Again while it is answered 503, which a busy machine may give.
  support::HttpResponse send(const std::string& method, const std::string& path,
                             const std::string& body, const std::string& as = "") const {
    support::HttpHeaders headers;
    if (!as.empty()) headers.emplace_back("X-User-Id", as);
    return serve_->client().send_until_available(method, path, body, headers);
  }

  std::string new_user() {
    return id_of(send("POST", "/v1/users", "{\"handle\":\"u" + std::to_string(++users_) + "\"}"));
  }
  std::string new_post(const std::string& author) {
    return id_of(send("POST", "/v1/posts", R"({"text":"now"})", author));
  }
  bool is_ready() const { return serve_->client().get("/health/ready").status == 200; }

  std::string log_partitions() const {
    const auto found = json::parse(run({"doctor", "-o", "json"}).out);
    for (const auto& item : *found.array())
      if (*item.find("check")->text() == "log_parts") return *item.find("state")->text();
    return "";
  }

  // What `work` does once a minute, without the wait: until there is nothing more to do.
  int drop_old_partitions() {
    int retired = 0;
    while (postgres.execute("SELECT feedctl_retire_event_part('3 days') IS NULL") != "t") ++retired;
    return retired;
  }
  bool wait_until_processed() const {
    return postgres.execute(
               "SELECT NOT EXISTS (SELECT FROM events e JOIN consumers c ON c.name = 'work' AND "
               "c.slot = e.shard % 16 WHERE NOT pg_visible_in_snapshot(e.xid, c.at))") == "t";
  }

  PrivatePostgres postgres{PrivatePostgres::Clock::stepped, PrivatePostgres::Schema::empty};

 private:
  // The new thing's id; "" where the answer is another, which is then told.
  static std::string id_of(const support::HttpResponse& answer) {
    INFO(answer.body);
    CHECK(answer.status == 201);
    if (answer.status != 201) return "";
    return std::to_string(*json::parse(answer.body).find("id")->integer());
  }

  support::RunOptions run_;
  std::optional<support::ServerProcess> serve_;
  std::optional<support::BackgroundProcess> work_;
  int users_ = 0;
};

}  // namespace

TEST_CASE("writes, readiness and doctor are right while the server's clock jumps ahead and back") {
  PartitionedCluster town;
  const auto ann = town.new_user();
  town.new_post(ann);
  for (const auto days : {10, 0, 60, 0, -10, 0}) {
    INFO(days);
    town.postgres.set_clock(days * day);
    const auto post = town.new_post(ann);
    CHECK(town.send("POST", "/v1/posts/" + post + "/likes", "", ann).status / 100 == 2);
    town.new_user();
    CHECK(town.is_ready());
    CHECK(support::eventually(patience, [&] { return town.log_partitions() == "ok"; }));
    CHECK(support::eventually(patience, [&] { return town.wait_until_processed(); }));
  }
}

TEST_CASE("today's partition of the log survives a clock that was ahead, or is recreated at once") {
  PartitionedCluster town;
  const auto ann = town.new_user();
  town.new_post(ann);
  REQUIRE(support::eventually(patience, [&] { return town.wait_until_processed(); }));
  const auto events = town.postgres.execute("SELECT count(*) FROM events");

  town.postgres.set_clock(10 * day);
  town.drop_old_partitions();
  town.postgres.set_clock(0s);
  CHECK(town.postgres.execute("SELECT count(*) FROM events") == events);
  town.new_post(ann);

  town.postgres.set_clock(10 * day);
  town.new_post(ann);
  REQUIRE(support::eventually(patience, [&] { return town.wait_until_processed(); }));
  town.drop_old_partitions();
  town.postgres.set_clock(0s);
  town.new_post(ann);
  CHECK(town.is_ready());
  CHECK(support::eventually(patience, [&] { return town.log_partitions() == "ok"; }));
}

TEST_CASE("home feed rows are written for posts in a period without a partition") {
  PartitionedCluster town;
  const auto ann = town.new_user(), bob = town.new_user();
  REQUIRE(town.send("POST", "/v1/users/" + ann + "/follow", "", bob).status / 100 == 2);
  REQUIRE(town.send("GET", "/v1/feed", "", bob).status == 200);
  const auto rows_on = [&] {
    return town.postgres.execute("SELECT count(*) FROM feed_state WHERE state = 2 AND user_id = " +
                                 bob) == "1";
  };
  REQUIRE(support::eventually(patience, rows_on));
  town.postgres.set_clock(400 * day);
  const auto post = town.new_post(ann);
  CHECK(support::eventually(patience, [&] {
    return town.postgres.execute("SELECT count(*) FROM user_feed WHERE post_id = " + post) == "1";
  }));
  town.postgres.set_clock(0s);
}

}  // namespace feedctl::test
