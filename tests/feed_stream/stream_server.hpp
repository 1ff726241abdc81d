#pragma once
// A server with users, for streams of their feeds.
#include <functional>
#include <string>
#include <thread>

#include "stream_client.hpp"
#include "support/json.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;

// A server over a database with users 1 to 9.
struct StreamServer {
  explicit StreamServer(const support::Settings& settings = {}, int users = 9)
      : seeded_users(fresh, users), serve(fresh, settings) {}

  struct SeededUsers {
    SeededUsers(const support::FreshDatabase& database, int count) {
      const auto last = std::to_string(count);
      database.execute(
          "INSERT INTO users (id, handle, shard) SELECT i, 'user' || i,"
          " feedctl_shard(i) FROM generate_series(1, " +
          last + ") i");
      database.execute(
          "INSERT INTO user_stats (user_id, followers, following)"
          " SELECT i, 0, 0 FROM generate_series(1, " +
          last + ") i");
    }
  };

  static support::HttpHeaders as_user(Id user) { return {{"X-User-Id", std::to_string(user)}}; }
  Id post(Id author, const std::string& text = "a post") const {
    const auto made = client.send_until_available("POST", "/v1/feed/posts/",
                                                  "{\"text\":\"" + text + "\"}", as_user(author));
    INFO(made.body);
    REQUIRE(made.status == 201);
    return support::integer_in(made, "id");
  }
  void remove(Id author, Id post) const {
    const auto path = "/v1/feed/posts/" + std::to_string(post) + "/delete/";
    REQUIRE(client.send_until_available("DELETE", path, "", as_user(author)).status == 204);
  }
  void follow(Id user, Id author, const std::string& verb = "follow") const {
    const auto path = "/v1/users/" + std::to_string(author) + "/" + verb;
    REQUIRE(client.send_until_available("POST", path, "", as_user(user)).status == 200);
  }
  double metric(const std::string& name) const {
    const auto all = client.get("/metrics").body;
    const auto at = all.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(all.substr(at + name.size() + 2));
  }

  support::FreshDatabase fresh;
  SeededUsers seeded_users;
  support::ServerProcess serve;
  support::HttpClient client = serve.client();
};

// Joins the thread, also if the test fails.
struct ThreadJoiner {
  ~ThreadJoiner() {
    if (thread.joinable()) thread.join();
  }
  std::thread& thread;
};

using support::eventually;

}  // namespace feedctl::test
