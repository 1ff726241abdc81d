// A writing transaction that stays open, here and in another database of the cluster, while posts
// go on. Four seconds; a whole minute with FEEDCTL_LONG=1.
#include <algorithm>
#include <iostream>

#include "base/json.hpp"
#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr store::Query write_event{
    "test/open_event", "INSERT INTO events (type, shard, actor, object) VALUES (8, 3, 1, 77)"};
constexpr store::Query write_else{"test/open", "INSERT INTO feed_pull (author_id) VALUES (1)"};

std::chrono::seconds duration() {
  return support::rounds(4s, 60s);
}

// A transaction that has written and waits.
class OpenTransaction {
 public:
  OpenTransaction(const FreshDatabase& database, const store::Query& query)
      : database_(options(database)), transaction_(database_.write()) {
    transaction_.query(query);
  }
  void commit() { transaction_.commit(); }

 private:
  static store::Options options(const FreshDatabase& database) {
    store::Options out;
    out.url = database.owner_url();
    out.connect_timeout = std::chrono::seconds{30};
    out.idle_in_transaction_timeout = 180s;
    return out;
  }

  store::Database database_;
  store::WriteTx transaction_;
};

std::int64_t id_in(const HttpResponse& answer) {
  REQUIRE(answer.status / 100 == 2);
  return support::integer_in(answer, "id");
}

// Writes a post and returns how long its row took to be there.
std::chrono::milliseconds time_of_a_post(const FreshDatabase& database, const HttpClient& http,
                                         std::int64_t author) {
  const auto start = Clock::now();
  const auto post = id_in(http.send_until_available("POST", "/v1/posts", R"({"text":"x"})",
                                                    {{"X-User-Id", std::to_string(author)}}));
  const auto row = "SELECT count(*) FROM user_feed WHERE post_id = " + std::to_string(post);
  REQUIRE(eventually(30s, [&] { return database.execute(row) != "0"; }));
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace

TEST_CASE("an open writing transaction, here or in another database, delays no other event") {
  const FreshDatabase database, neighbour;
  const Settings all{{"feed.materialize", "all"}};
  ServerProcess serve(database, all);
  WorkerProcesses workers(database, 1, {{"bus.kind", "postgres"}, {"feed.materialize", "all"}});
  const auto http = serve.client();
  const auto author = id_in(http.send_until_available("POST", "/v1/users", R"({"handle":"ann"})"));
  const auto reader = id_in(http.send_until_available("POST", "/v1/users", R"({"handle":"bob"})"));
  REQUIRE(http.send_until_available("POST", "/v1/users/" + std::to_string(author) + "/follow",
                                    R"({"user_id":)" + std::to_string(reader) + "}")
              .status == 200);
  REQUIRE(eventually(45s, [&] { return is_backlog_empty(database); }));
  time_of_a_post(database, http, author);

  OpenTransaction here(database, write_event), there(neighbour, write_else);
  const auto until = Clock::now() + duration();
  std::chrono::milliseconds worst{0}, sum{0};
  int posts = 0;
  for (; Clock::now() < until || posts <= 10; ++posts) {
    const auto took = time_of_a_post(database, http, author);
    worst = std::max(worst, took);
    sum += took;
    CHECK(eventually(30s, [&] { return is_backlog_empty(database); }));
  }
  // What the open one wrote is only now an event, though its id is older than all the others'.
  CHECK(database.execute("SELECT count(*) FROM events WHERE object = 77") == "0");
  here.commit();
  CHECK(database.execute("SELECT count(*) FROM events WHERE object = 77") == "1");
  CHECK(eventually(30s, [&] { return is_backlog_empty(database); }));
  if (support::long_mode()) {
    std::cerr << posts << " posts in " << duration().count() << " s beside two open writers: mean "
              << (sum / std::max(posts, 1)).count() << " ms, worst " << worst.count() << " ms\n";
  }
}
