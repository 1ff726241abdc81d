// PostgreSQL and Redis stand still, die, or are out of reach while somebody else writes: users in
// memory keep their pages, byte for byte; afterwards everybody's feed is the definition's.
#include <atomic>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/frozen_process.hpp"
#include "support/json.hpp"
#include "support/own_postgres.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

const char* const key = "the same key for all processes of the test";

// Of the account that `serve` has: none in, and none stays.
void block_connections(const support::PrivatePostgres& postgres) {
  postgres.execute("ALTER ROLE feedctl_app CONNECTION LIMIT 0");
  postgres.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'feedctl_app'");
}
void allow_connections(const support::PrivatePostgres& postgres) {
  postgres.execute("ALTER ROLE feedctl_app CONNECTION LIMIT -1");
}

struct SavedPage {
  std::string query, body, etag;
};

// Two serves with a cache, a worker whose events Redis carries, and an operator's serve, which
// answers by the definition and gets in where the others do not.
class OutageCluster {
 public:
  OutageCluster() {
    for (int i = 0; i < 40; ++i) users.push_back(create_user(definition, "u" + std::to_string(i)));
    REQUIRE(eventually(20s, [&] {
      return HomeFeedCluster::is_index_ready(a) && HomeFeedCluster::is_index_ready(b);
    }));
    for (const auto user : users) {
      for (int i = 0; i < 6; ++i) {
        const auto whom = random_user();
        if (whom != user) HomeFeedCluster::follow(i % 2 == 0 ? a : b, user, whom);
      }
      for (int i = 0; i < 4; ++i) posts.emplace_back(create_post(a, user), user);
    }
    for (int i = 0; i < 100; ++i)
      HomeFeedCluster::like(b, random_user(), posts[random() % posts.size()].first);
  }

  std::int64_t random_user() { return users[random() % users.size()]; }

  // Every user's first pages in both, brought into memory: all are read from there once.
  void read_all() {
    REQUIRE(check_equal_feeds() == 0);
    REQUIRE(eventually([&] {
      const auto before = pages_from_memory();
      const auto pages = keep_first_pages();
      return pages_from_memory() >= before + pages;
    }));
  }
  double pages_from_memory() const {
    return HomeFeedCluster::pages_from_memory(a) + HomeFeedCluster::pages_from_memory(b);
  }
  int keep_first_pages() {
    int count = 0;
    for (const auto* http : {&a, &b}) {
      kept[http].clear();
      for (const auto user : users) {
        auto& pages = kept[http][user];
        for (std::string query = "?limit=9"; pages.size() < 2;) {
          const auto page = HomeFeedCluster::feed(*http, user, query);
          REQUIRE(page.status == 200);
          pages.push_back({query, page.body, page.header("etag")});
          ++count;
          const auto next = support::text_or_null_in(page, "next_cursor");
          if (!next) break;
          query = "?limit=9&cursor=" + *next;
        }
      }
    }
    return count;
  }
  // How many answers are not the pages of then, with their tags.
  int count_lost_pages() {
    int lost = 0;
    for (const auto& [http, of_users] : kept) {
      for (const auto& [user, pages] : of_users) {
        for (const auto& page : pages) {
          const auto got = HomeFeedCluster::feed(*http, user, page.query);
          lost += got.status != 200 || got.body != page.body || got.header("etag") != page.etag;
          const auto known = HomeFeedCluster::feed(
              *http, user, page.query, {{"If-None-Match", page.etag}, {"Connection", "close"}});
          lost += known.status != 304 || known.header("etag") != page.etag;
        }
      }
    }
    return lost;
  }
  void save_pages(std::chrono::seconds time) {
    int lost = 0, rounds = 0;
    const auto before = pages_from_memory();
    for (const auto deadline = Deadline::after(time); !deadline.is_expired(); ++rounds)
      lost += count_lost_pages();
    CHECK(lost == 0);
    CHECK(pages_from_memory() >= before + rounds * 2.0 * static_cast<double>(users.size()));
  }
  // Whole feeds that are not the definition's; a moment is given to each.
  int check_equal_feeds() {
    int wrong = 0;
    for (const auto user : users) {
      for (const auto* http : {&a, &b}) wrong += !is_feed_equal(*http, user);
    }
    return wrong;
  }
  int is_write_refused(const HttpClient& http) const {
    return http.post("/v1/posts", R"({"text":"x"})", HomeFeedCluster::as_user(users[0])).status;
  }
  bool wait_for_write(const HttpClient& http) {
    return eventually(30s, [&] { return is_write_refused(http) == 201; });
  }

  // The definition changes meanwhile: the worker removes the likes of an account that left.
  bool is_feed_equal(const HttpClient& http, std::int64_t user) {
    std::string got, wanted;
    const bool is_equal = eventually([&] {
      got = HomeFeedCluster::fetch_all_pages(http, user, 9);
      wanted = HomeFeedCluster::fetch_all_pages(definition, user, 9);
      return got == wanted;
    });
    if (!is_equal)
      UNSCOPED_INFO((&http == &a ? "a" : "b") << ": " << got << "\nwanted: " << wanted);
    return is_equal;
  }

  support::PrivatePostgres postgres;
  RedisServer redis;
  support::Settings settings =
      support::with_product_timeouts({{"server.secret_key", key}, {"redis.url", redis.url()}});
  support::ServerProcess serve_a{postgres.url(), settings};
  support::ServerProcess serve_b{postgres.url(), settings};
  support::ServerProcess operators{
      postgres.superuser_url(),
      {{"server.secret_key", key}, {"feed.index", "off"}, {"feed.materialize", "off"}}};
  support::BackgroundProcess worker{
      {support::feedctl_binary(), "work", "--set", "log.level=warning"}, worker_environment()};
  HttpClient a = serve_a.client(), b = serve_b.client(), definition = operators.client();
  std::vector<std::int64_t> users;
  std::vector<std::pair<std::int64_t, std::int64_t>> posts;  // and their authors
  std::map<const HttpClient*, std::map<std::int64_t, std::vector<SavedPage>>> kept;
  std::mt19937 random{11};

 private:
  support::RunOptions worker_environment() const {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + postgres.url(), "FEEDCTL_REDIS_URL=" + redis.url(),
                       "FEEDCTL_CONFIG"};
    return run;
  }
};

// All kinds of commands, over the operator's serve alone.
void write_by_operator(OutageCluster& place) {
  const auto& http = place.definition;
  const auto id = [](std::int64_t n) { return std::to_string(n); };
  for (int i = 0; i < 120; ++i) {
    const auto user = place.random_user(), other = place.random_user();
    const auto [post, author] = place.posts[place.random() % place.posts.size()];
    switch (i % 6) {
      case 0:
        place.posts.emplace_back(create_post(http, user), user);
        break;
      case 1:
        http.del("/v1/posts/" + id(post), HomeFeedCluster::as_user(author));
        break;
      case 2:
        http.post("/v1/users/" + id(other) + "/follow", "", HomeFeedCluster::as_user(user));
        break;
      case 3:
        http.post("/v1/users/" + id(other) + "/unfollow", "", HomeFeedCluster::as_user(user));
        break;
      case 4:
        HomeFeedCluster::like(http, user, post);
        break;
      default:
        http.patch("/v1/users/" + id(user), R"({"name":"n)" + id(i) + "\"}",
                   HomeFeedCluster::as_user(user));
    }
  }
  const auto leaver = place.users.back();
  REQUIRE(http.del("/v1/users/" + id(leaver), HomeFeedCluster::as_user(leaver)).status == 202);
}

}  // namespace

TEST_CASE("with PostgreSQL and Redis down users in memory keep their pages, and nothing is lost") {
  OutageCluster place;
  place.read_all();
  {
    INFO("both stand still");
    support::FrozenProcess frozen(place.postgres.pid());
    place.redis.freeze();
    place.save_pages(2s);
    CHECK(place.is_write_refused(place.a) == 503);
    CHECK(place.count_lost_pages() == 0);
    place.redis.resume();
  }
  CHECK(place.wait_for_write(place.a));
  CHECK(place.wait_for_write(place.b));
  place.read_all();
  {
    INFO("both die; Redis comes back empty");
    place.postgres.kill();
    place.redis.kill();
    place.save_pages(2s);
    CHECK(place.is_write_refused(place.b) == 503);
    std::atomic<bool> over{false};
    std::atomic<int> lost{0};
    std::thread reader([&] {
      while (!over) lost += place.count_lost_pages();
    });
    place.redis.start();
    place.postgres.start();
    std::this_thread::sleep_for(2s);
    over = true;
    reader.join();
    CHECK(lost == 0);
  }
  CHECK(place.wait_for_write(place.b));
  CHECK(place.wait_for_write(place.a));
  place.read_all();
  {
    INFO("out of reach, while others write; Redis comes back with what it knew before");
    place.redis.cli("SAVE");
    CHECK(place.wait_for_write(place.a));
    place.read_all();
    place.redis.kill();
    block_connections(place.postgres);
    write_by_operator(place);
    place.save_pages(1s);
    place.redis.start();
    allow_connections(place.postgres);
  }
  CHECK(place.check_equal_feeds() == 0);
  CHECK(place.count_lost_pages() > 0);  // they are other pages now
  CHECK(place.wait_for_write(place.a));
  CHECK(place.wait_for_write(place.b));
  CHECK(place.check_equal_feeds() == 0);
  CHECK(place.worker.is_running());
}
