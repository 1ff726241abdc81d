#pragma once
// The routes of posts, likes and feeds over a database of the test's own, called in-process: match,
// authenticate, handle, errors as problem+json. No socket in between.
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "base/json.hpp"
#include "feed/home_feed.hpp"
#include "http/router.hpp"
#include "likes/likes.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"
#include "support/blocking_likes.hpp"
#include "support/fresh_database.hpp"
#include "support/keyless_posts.hpp"

namespace feedctl::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  int status = 0;
  std::string body;
  Headers headers;

  json::Value json() const { return json::parse(body); }
  // A member of the body as text: numbers in decimal, "null", "true"; "" where it is absent.
  std::string get(std::string_view member) const;
  Id id(std::string_view member = "id") const { return std::stoll(get(member)); }
  std::string error() const { return get("error"); }
  std::string header(std::string_view name) const;
  // The ids of the objects in an array of the body.
  std::vector<Id> ids(std::string_view array = "posts", std::string_view member = "id") const;
};

class App {
 public:
  explicit App(auth::Mode mode = auth::Mode::open);

  Reply send(http::Method method, const std::string& target, const std::string& body = "",
             const Headers& headers = {});
  Reply get(const std::string& target, const Headers& headers = {}) {
    return send(http::Method::get, target, "", headers);
  }
  Reply post(const std::string& target, const std::string& body, const Headers& headers = {}) {
    return send(http::Method::post, target, body, headers);
  }
  Reply del(const std::string& target, const Headers& headers = {}) {
    return send(http::Method::del, target, "", headers);
  }

  // A user with handle u<number>; tokens of theirs as headers.
  Id add_user(const std::string& role = "user");
  void remove_user(Id user);
  void follow(Id follower, Id followee);
  void unfollow(Id follower, Id followee);
  Headers token(Id user);

  // SQL as superuser; the first column of the first row.
  std::string sql(const std::string& text) const { return fresh.execute(text); }
  std::int64_t count(const std::string& from) const {
    return std::stoll(sql("SELECT count(*) FROM " + from));
  }

  support::FreshDatabase fresh;
  store::Database database;
  CursorSigner cursors{Secret<std::string>("a key for cursors in tests")};
  auth::Auth auth;
  std::atomic<int> deletes{0};
  std::atomic<int> changes{0};
  support::KeylessPosts posts;
  support::BlockingLikes likes;
  feed::FeedReader feed;
  feed::HomeFeed home;
  http::Router router;

 private:
  std::atomic<int> users_{0};
};

}  // namespace feedctl::test
