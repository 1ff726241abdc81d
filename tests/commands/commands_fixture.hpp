#pragma once
// Every command's route over a database of the test's own, called in-process.
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "base/json.hpp"
#include "commands/command_endpoint.hpp"
#include "follows/follows.hpp"
#include "follows/routes.hpp"
#include "likes/likes.hpp"
#include "likes/routes.hpp"
#include "posts/posts.hpp"
#include "posts/routes.hpp"
#include "support/blocking_follows.hpp"
#include "support/blocking_likes.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/keyless_posts.hpp"
#include "users/routes.hpp"

namespace feedctl::test {

using Headers = support::InProcessClient::Headers;
using http::Method;
using http::Response;

inline std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

inline bool is_replay(const Response& response) {
  return header(response, "Idempotency-Replayed") == "true";
}

inline json::Value member(const Response& response, std::string_view name) {
  const auto body = json::parse(response.body);
  const auto* value = body.find(name);
  return value != nullptr ? *value : json::Value{};
}

inline Id id_in(const Response& response) {
  const auto id = member(response, "id");
  return id.integer() != nullptr ? *id.integer() : 0;
}

inline std::string error_in(const Response& response) {
  const auto error = member(response, "error");
  return error.text() != nullptr ? *error.text() : "";
}

class CommandsFixture {
 public:
  static constexpr int connections = 20;
  explicit CommandsFixture(auth::Mode mode = auth::Mode::open,
                           std::chrono::milliseconds lock_timeout = std::chrono::seconds{30})
      : lock_timeout_(lock_timeout), auth_options_(make_auth_options(mode)) {
    auth::ensure_signing_key(owner);
    users::add_routes(router, {users, auth, cursors});
    follows::add_routes(router, {follows, auth, cursors});
    posts::add_routes(router, {posts, database, auth, cursors});
    likes::add_routes(router, {likes, auth, cursors});
  }

  Id add(const std::string& handle, users::Role role = users::Role::user) {
    return users.create({handle, "", role}).id;
  }
  Id add_post(std::optional<Id> author = std::nullopt) { return posts.create(author, "").id; }
  Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, std::chrono::seconds{60})}};
  }
  std::int64_t count(const std::string& from) const {
    return std::stoll(fresh.execute("SELECT count(*) FROM " + from));
  }
  events::PgSnapshot snapshot() const {
    return events::PgSnapshot::parse(fresh.execute("SELECT pg_current_snapshot()")).value();
  }
  events::ConsistencyToken token(const Response& response) const {
    return commands::verify_token(cursors, header(response, "X-Feed-Token")).value();
  }
  // Waits up to ten seconds until `count` sessions of this database wait for locks.
  bool wait_for_blocked(int count) const {
    for (int i = 0; i < 1000; ++i) {
      if (this->count("pg_stat_activity WHERE datname = current_database() AND wait_event_type = "
                      "'Lock'") >= count) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }
  void kill_blocked() const {
    fresh.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
        "current_database() AND wait_event_type = 'Lock'");
  }

 private:
  static auth::Options make_auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    return made;
  }
  store::Options database_options(Secret<std::string> url) const {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    made.pool_size = connections;
    made.lock_timeout = lock_timeout_;
    return made;
  }

  std::chrono::milliseconds lock_timeout_;

 public:
  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};

 private:
  auth::Options auth_options_;

 public:
  CursorSigner cursors{Secret<std::string>("a key for cursors in tests")};
  auth::Auth auth{auth_options_, database};
  users::Users users{database};
  support::BlockingFollows follows{database};
  support::KeylessPosts posts{database, {}};
  support::BlockingLikes likes{database, {}};
  http::Router router;
  support::InProcessClient server{router, auth};
};

// One command of a user, which can be sent repeatedly.
struct TestCommand {
  std::string name;
  Method method;
  std::string target;
  std::string body;
  Id user;
  int status;
  int event;  // the type of its event

  Headers headers(const std::string& key) const {
    return {{"x-user-id", std::to_string(user)}, {"idempotency-key", key}};
  }
  Response send(const CommandsFixture& world, const std::string& key) const {
    return world.server.send(method, target, body, headers(key));
  }
};

// All commands, with the rows that they need. They do not affect one another.
inline std::vector<TestCommand> every_command(CommandsFixture& world) {
  const auto text = [](Id id) { return std::to_string(id); };
  const auto user = world.add("ann");
  const auto friend_ = world.add("ben");
  const auto left = world.add("cyd");
  const auto liked = world.add_post();
  const auto unliked = world.add_post();
  const auto doomed = world.add_post(user);
  world.likes.like(user, unliked);
  world.follows.follow(user, left);
  const auto of_post = [&](Id post) { return "/v1/posts/" + text(post); };
  return {
      {"like", Method::post, of_post(liked) + "/likes", "", user, 201, 1},
      {"unlike", Method::del, of_post(unliked) + "/likes", "", user, 204, 2},
      {"follow", Method::post, "/v1/users/" + text(friend_) + "/follow", "", user, 200, 3},
      {"unfollow", Method::post, "/v1/users/" + text(left) + "/unfollow", "", user, 200, 4},
      {"create post", Method::post, "/v1/posts", R"({"text":"hello"})", user, 201, 5},
      {"delete post", Method::del, of_post(doomed), "", user, 204, 6},
      {"create user", Method::post, "/v1/users", R"({"handle":"dot"})", user, 201, 7},
      {"update user", Method::patch, "/v1/users/" + text(user), R"({"name":"Ann"})", user, 200, 8},
  };
}

}  // namespace feedctl::test
