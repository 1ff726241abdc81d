// kill -9 of serve at random moments under writes: what was answered stays, and the counters fit.
// Ten times; fifty with FEEDCTL_LONG=1.
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "support/api.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::api;
using namespace std::chrono_literals;

namespace {

// Everything that was answered with success.
struct Acknowledged {
  std::size_t post_count() {
    const std::lock_guard lock(mutex);
    return posts.size();
  }
  std::mutex mutex;
  std::vector<std::int64_t> posts;
  std::vector<std::pair<std::int64_t, std::int64_t>> likes;
};

void write_until(const std::atomic<bool>& stop, int port, int client, Acknowledged& answered,
                 std::int64_t author) {
  const HttpClient http(port, "127.0.0.1", 3s);
  for (int i = 0; !stop; ++i) {
    const auto made =
        http.post("/v1/posts", R"({"text":"kept","author_id":)" + std::to_string(author) + "}");
    if (made.status != 201) {
      std::this_thread::sleep_for(5ms);
      continue;
    }
    // Catch2's macros are for the main thread alone.
    const auto post = support::integer_in(made, "id");
    const std::int64_t user = client * 1'000'000 + i + 1;
    const bool liked = like(http, post, user).status == 201;
    const std::lock_guard lock(answered.mutex);
    answered.posts.push_back(post);
    if (liked) answered.likes.emplace_back(user, post);
  }
}

}  // namespace

TEST_CASE("repeated kill -9 of the server under writes loses no acknowledged write") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto author = create_user(serve.client(), "ana");
  Acknowledged answered;
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int c = 1; c <= 4; ++c) {
    writers.emplace_back([&, c] { write_until(stop, serve.port(), c, answered, author); });
  }
  std::mt19937 random(std::random_device{}());
  // On a busy machine fewer are answered between two kills.
  const auto min_posts = support::rounds<std::size_t>(20, 100);
  const auto has_enough = [&] { return answered.post_count() > min_posts; };
  for (int i = 0; i < support::rounds(10, 50) || (!has_enough() && i < 200); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + random() % 150});
    serve.kill();
    serve.start();
  }
  stop = true;
  for (auto& w : writers) w.join();

  CHECK(has_enough());
  std::size_t lost = 0;
  const auto http = serve.client();
  for (const auto post : answered.posts)
    lost += http.get("/v1/posts/" + std::to_string(post)).status != 200;
  for (const auto& [user, post] : answered.likes) {
    lost += !bool_member(parse_body(http.get("/v1/feed/posts/" + std::to_string(post) + "/likes/" +
                                             std::to_string(user) + "/status/")),
                         "liked");
  }
  CHECK(lost == 0);
  CHECK(database.execute("SELECT count(*) FROM post_likes p WHERE like_count <> (SELECT count(*) "
                         "FROM likes WHERE post_id = p.post_id)") == "0");
  // Every effect has its event and the other way round.
  CHECK(database.execute(
            "SELECT (SELECT count(*) FROM posts) - (SELECT count(*) FROM events WHERE type = 5)") ==
        "0");
  CHECK(database.execute(
            "SELECT (SELECT count(*) FROM likes) - (SELECT count(*) FROM events WHERE type = 1)") ==
        "0");
}
