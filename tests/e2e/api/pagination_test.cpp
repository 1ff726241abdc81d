// A long home feed read page by page over HTTP, from a real server with workers and Redis, while
// everything about it changes.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "support/api.hpp"
#include "support/json.hpp"
#include "support/worker_process.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

constexpr int redis = 11;
using Ids = std::set<std::int64_t>;

struct PaginationFixture {
  support::FreshDatabase database;
  std::unique_ptr<support::ServerProcess> serve;
  std::unique_ptr<WorkerProcess> work;
  std::int64_t reader = 0, refollower = 0, late_author = 0;
  std::vector<std::int64_t> authors;

  explicit PaginationFixture(const std::string& materialize) {
    const auto url = support::redis_url(redis);
    redis_cli(redis, {"FLUSHALL"});
    serve = std::make_unique<support::ServerProcess>(
        database, support::Settings{{"redis.url", url},
                                    {"feed.materialize", materialize},
                                    {"feed.index", materialize == "off" ? "on" : "off"}});
    const auto http = serve->client();
    reader = create_user(http, "reader");
    refollower = create_user(http, "followed_now_and_then");
    late_author = create_user(http, "followed_late");
    for (int i = 0; i < 20; ++i) authors.push_back(create_user(http, "a" + std::to_string(i)));
    authors.push_back(refollower);
    for (const auto author : authors) follow(author, "follow");
    add_history(5000);
    // Else the reader were answered by the definition for some seconds after these follows.
    serve->kill();
    serve->start();
    work = std::make_unique<WorkerProcess>(
        database, url, std::vector<std::string>{"feed.materialize=" + materialize});
  }

  // The second half lies below the floor of the rows.
  void add_history(int posts) const {
    std::string list;
    for (const auto author : authors) list += (list.empty() ? "" : ",") + std::to_string(author);
    database.execute(
        "WITH made AS (INSERT INTO posts (id, author_id, shard, created_at) SELECT "
        "feedctl_id_at(t), author, feedctl_shard(author), t FROM (SELECT now() - n * interval "
        "'50 minutes' AS t, (ARRAY[" +
        list + "]::bigint[])[1 + n % " + std::to_string(authors.size()) +
        "] AS author FROM generate_series(1, " + std::to_string(posts) +
        ") n) x RETURNING id) INSERT INTO post_likes (post_id) SELECT id FROM made");
  }

  bool follow(std::int64_t author, const std::string& verb) const {
    return serve->client()
               .post("/v1/users/" + std::to_string(author) + '/' + verb,
                     R"({"user_id":)" + std::to_string(reader) + "}")
               .status == 200;
  }
  std::string feed(int limit) const {
    return "/v1/feed?user_id=" + std::to_string(reader) + "&limit=" + std::to_string(limit);
  }
  // The feed as it is defined, by a statement of the test's own.
  Ids expected_feed() const {
    Ids ids;
    const auto all = database.execute(
        "SELECT string_agg(p.id::text, ',') FROM posts p WHERE p.deleted_at IS NULL AND "
        "(p.author_id = " +
        std::to_string(reader) +
        " OR p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = " +
        std::to_string(reader) + "))");
    for (std::size_t at = 0; at < all.size();) {
      const auto comma = std::min(all.find(',', at), all.size());
      ids.insert(std::stoll(all.substr(at, comma - at)));
      at = comma + 1;
    }
    return ids;
  }
  std::string post_of(const std::string& author) const {
    return database.execute("SELECT id FROM posts WHERE deleted_at IS NULL AND author_id = " +
                            author + " ORDER BY random() LIMIT 1");
  }
};

// Posts, deletes, follows, unfollows and flushes until it is told to stop.
class BackgroundChanges {
 public:
  explicit BackgroundChanges(const PaginationFixture& world)
      : world_(world), http_(world.serve->client()), thread_([this] { run(); }) {}
  ~BackgroundChanges() { stop(); }
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Ids deleted, posted;  // once stopped
  std::atomic<int> steps{0}, failures{0};

 private:
  void run() {
    std::mt19937 random(5);
    for (int step = 0; !stopped_; ++step, ++steps) {
      const auto author = world_.authors[random() % 20];
      switch (step % 6) {
        case 0:
        case 3:
          post(author);
          break;
        case 1:
          remove(author);
          break;
        case 2:
          expect(world_.follow(world_.late_author, step % 4 == 0 ? "follow" : "unfollow"));
          post(world_.late_author);
          break;
        case 4:
          expect(world_.follow(world_.refollower, step % 4 == 0 ? "unfollow" : "follow"));
          break;
        default:
          expect(redis_cli(redis, {"FLUSHALL"}).substr(0, 2) == "OK");
      }
    }
  }
  void expect(bool well) { failures += well ? 0 : 1; }
  void post(std::int64_t author) {
    const auto answer = http_.post("/v1/posts", R"({"author_id":)" + std::to_string(author) + "}");
    expect(answer.status == 201);
    if (answer.status == 201) posted.insert(support::integer_in(answer, "id"));
  }
  void remove(std::int64_t author) {
    const auto id = world_.post_of(std::to_string(author));
    deleted.insert(std::stoll(id));
    expect(http_.del("/v1/posts/" + id, {{"X-User-Id", std::to_string(author)}}).status == 204);
  }

  const PaginationFixture& world_;
  const HttpClient http_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

std::vector<std::int64_t> page(const HttpClient& http, const std::string& target,
                               std::string& next) {
  const auto answer = http.get(target);
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  const auto body = parse_body(answer);
  std::vector<std::int64_t> ids;
  for (const auto& post : list_member(body, "posts")) ids.push_back(integer_member(post, "id"));
  next = support::text_or_null_in(body, "next_cursor").value_or("");
  return ids;
}

void page_through(const PaginationFixture& world) {
  const auto http = world.serve->client();
  const auto stood = world.expected_feed();
  REQUIRE(stood.size() == 5000);
  std::string next;
  auto seen = page(http, world.feed(50), next);
  BackgroundChanges changes(world);
  while (!next.empty()) {
    const int before = changes.steps;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(eventually([&] { return changes.steps > before; }));
    const auto ids = page(http, world.feed(97) + "&cursor=" + next, next);
    seen.insert(seen.end(), ids.begin(), ids.end());
    REQUIRE(seen.size() < 10'000);
  }
  changes.stop();
  CHECK(changes.failures == 0);
  CHECK(changes.steps > 30);

  const Ids found(seen.begin(), seen.end());
  CHECK(found.size() == seen.size());
  CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
  const auto of_fickle =
      world.database.execute("SELECT string_agg(id::text, ' ') FROM posts WHERE author_id = " +
                             std::to_string(world.refollower));
  std::size_t missing = 0, unknown = 0;
  for (const auto id : stood) {
    const bool excused =
        changes.deleted.count(id) > 0 || of_fickle.find(std::to_string(id)) != std::string::npos;
    missing += found.count(id) == 0 && !excused;
  }
  for (const auto id : found) unknown += stood.count(id) + changes.posted.count(id) == 0;
  CHECK(missing == 0);
  CHECK(unknown == 0);
}

}  // namespace

TEST_CASE(
    "a feed of five thousand posts paginates completely from materialized rows during concurrent "
    "changes") {
  const PaginationFixture world("active");
  const auto http = world.serve->client();
  std::string next;
  page(http, world.feed(50), next);  // begins the activation
  REQUIRE(eventually([&] {
    return world.database.execute("SELECT EXISTS (SELECT FROM feed_state WHERE state = 2)") == "t";
  }));
  const auto list = "feed:" + std::to_string(world.reader);
  REQUIRE(eventually([&] {
    page(http, world.feed(50), next);
    return redis_cli(redis, {"EXISTS", list}).substr(0, 1) == "1";
  }));
  page_through(world);
}

TEST_CASE(
    "a feed of five thousand posts paginates completely without materialized rows during "
    "concurrent changes") {
  const PaginationFixture world("off");
  page_through(world);
  CHECK(world.database.execute("SELECT count(*) FROM user_feed") == "0");
}
