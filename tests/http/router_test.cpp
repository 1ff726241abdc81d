#include "http/router.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http;

namespace {

Route route(Method method, std::string pattern, std::vector<std::string> aliases = {}) {
  return {.method = method,
          .pattern = std::move(pattern),
          .aliases = std::move(aliases),
          .policy = Policy::public_,
          .handler = [](const Request&) { return no_content(); }};
}

Router sample() {
  Router router;
  router.add(route(Method::get, "/"));
  router.add(route(Method::get, "/v1/users/{id}", {"/users/{id}"}));
  router.add(route(Method::del, "/v1/users/{id}"));
  router.add(route(Method::get, "/v1/users/me"));
  router.add(route(Method::post, "/v1/users/{id}/follow"));
  router.add(route(Method::get, "/v1/feed/posts/{id}/likes/{user_id}/status/"));
  return router;
}

std::string pattern_of(const Router& router, Method method, std::string_view path) {
  const auto match = router.match(method, path);
  return match.route != nullptr ? match.route->pattern : "";
}

}  // namespace

TEST_CASE("a route answers with and without its trailing slash") {
  const auto router = sample();
  for (const auto* path : {"/v1/users/7", "/v1/users/7/"}) {
    const auto match = router.match(Method::get, path);
    REQUIRE(match.route != nullptr);
    CHECK(match.route->pattern == "/v1/users/{id}");
    REQUIRE(match.path_params.size() == 1);
    CHECK(match.path_params[0] == std::pair<std::string, std::string>{"id", "7"});
  }
  CHECK(pattern_of(router, Method::get, "/v1/feed/posts/1/likes/2/status") ==
        "/v1/feed/posts/{id}/likes/{user_id}/status/");
  CHECK(pattern_of(router, Method::get, "/") == "/");
}

TEST_CASE("a path with an empty segment matches nothing") {
  const auto router = sample();
  for (const auto* path :
       {"/v1//users/7", "//", "/v1/users//", "/v1/users/7//", "", "v1/users/7"}) {
    INFO(path);
    const auto match = router.match(Method::get, path);
    CHECK(match.route == nullptr);
  }
}

TEST_CASE("an alias leads to the route of its canonical pattern") {
  const auto router = sample();
  CHECK(pattern_of(router, Method::get, "/users/7/") == "/v1/users/{id}");
}

TEST_CASE("HEAD finds the handler of GET") {
  CHECK(pattern_of(sample(), Method::head, "/v1/users/7") == "/v1/users/{id}");
}

TEST_CASE("a fixed segment wins over a parameter, which still takes the other methods") {
  const auto router = sample();
  CHECK(pattern_of(router, Method::get, "/v1/users/me") == "/v1/users/me");
  CHECK(pattern_of(router, Method::post, "/v1/users/me/follow") == "/v1/users/{id}/follow");
  CHECK(pattern_of(router, Method::del, "/v1/users/me") == "/v1/users/{id}");
}

TEST_CASE("a known path with another method returns the allowed methods") {
  const auto router = sample();
  CHECK(router.allowed_methods("/v1/users/7") == "GET, HEAD, DELETE, OPTIONS");
  CHECK(router.allowed_methods("/v1/users/7/follow") == "POST, OPTIONS");
  CHECK(router.allowed_methods("/nowhere").empty());
}

TEST_CASE("a path of 5,000 segments is refused without walking it") {
  std::string path;
  for (int i = 0; i < 5000; ++i) path += "/a";
  CHECK(sample().match(Method::get, path).route == nullptr);
}

TEST_CASE("a route without policy, without handler or with a duplicate pattern is refused") {
  auto router = sample();
  Route bare = route(Method::get, "/bare");
  bare.policy = Policy::unset;
  CHECK_THROWS_AS(router.add(bare), Error);
  Route idle = route(Method::get, "/idle");
  idle.handler = nullptr;
  CHECK_THROWS_AS(router.add(idle), Error);
  auto doubled = route(Method::get, "/doubled");
  doubled.async_handler = [](const Request&, CompletionCallback) {};
  CHECK_THROWS_AS(router.add(doubled), Error);
  auto on_loop = doubled;
  on_loop.handler = nullptr;
  on_loop.run_on = RunOn::event_loop;
  CHECK_THROWS_AS(router.add(on_loop), Error);
  CHECK_THROWS_AS(router.add(route(Method::get, "/v1/users/{name}")), Error);
  CHECK_THROWS_AS(router.add(route(Method::get, "/x", {"/users/{id}/"})), Error);
  CHECK_THROWS_AS(router.add(route(Method::get, "no-slash")), Error);
}

TEST_CASE("a route asks for the scope of its policy and method, unless it names one") {
  const auto scope_of = [](Method method, Policy policy, Scope scope = Scope::automatic) {
    Router router;
    auto added = route(method, "/x");
    added.policy = policy;
    added.scope = scope;
    router.add(added);
    return router.routes().front().scope;
  };
  for (const auto policy : {Policy::public_, Policy::user}) {
    CHECK(scope_of(Method::get, policy) == Scope::read);
    CHECK(scope_of(Method::post, policy) == Scope::write);
    CHECK(scope_of(Method::del, policy) == Scope::write);
  }
  for (const auto policy : {Policy::editor, Policy::admin}) {
    CHECK(scope_of(Method::get, policy) == Scope::admin);
    CHECK(scope_of(Method::post, policy) == Scope::admin);
  }
  CHECK(scope_of(Method::post, Policy::user, Scope::read) == Scope::read);
}

TEST_CASE("a route of editors or admins has no inline handler, which checks no role") {
  for (const auto policy : {Policy::editor, Policy::admin}) {
    Router router;
    auto guarded = route(Method::get, "/x");
    guarded.policy = policy;
    guarded.inline_handler = [](const FastRequestHead&) { return InlineResponse{}; };
    CHECK_THROWS_AS(router.add(guarded), Error);
  }
}

TEST_CASE("a route with another scope than read has no inline handler, which checks for that one") {
  const auto add = [](Method method, Scope scope) {
    Router router;
    auto scoped = route(method, "/x");
    scoped.scope = scope;
    scoped.inline_handler = [](const FastRequestHead&) { return InlineResponse{}; };
    router.add(scoped);
  };
  CHECK_NOTHROW(add(Method::get, Scope::automatic));
  CHECK_THROWS_AS(add(Method::get, Scope::write), Error);
  CHECK_THROWS_AS(add(Method::post, Scope::automatic), Error);
}

TEST_CASE("only a public route may ignore Authorization") {
  const auto add = [](Policy policy) {
    Router router;
    auto ignoring = route(Method::post, "/x");
    ignoring.policy = policy;
    ignoring.ignores_authorization = true;
    router.add(ignoring);
  };
  CHECK_NOTHROW(add(Policy::public_));
  for (const auto policy : {Policy::user, Policy::editor, Policy::admin})
    CHECK_THROWS_AS(add(policy), Error);
}

TEST_CASE("a route has a rate class by its policy, its load class and its path") {
  const auto class_of = [](Route route) {
    Router router;
    router.add(std::move(route));
    return router.routes().front().rate_class;
  };
  CHECK(class_of(route(Method::get, "/v1/users")) == RateClass::read);
  CHECK(class_of(route(Method::post, "/v1/users")) == RateClass::write);
  CHECK(class_of(route(Method::del, "/v1/users/{id}")) == RateClass::write);
  auto admin = route(Method::get, "/debug/config");
  admin.policy = Policy::admin;
  admin.load_class = LoadClass::health;
  CHECK(class_of(admin) == RateClass::admin);
  auto health = route(Method::get, "/health/live");
  health.load_class = LoadClass::health;
  CHECK(class_of(health) == RateClass::none);
  auto upload = route(Method::post, "/v1/avatars");
  upload.load_class = LoadClass::upload;
  CHECK(class_of(upload) == RateClass::upload);
  CHECK(class_of(route(Method::get, "/auth/callback/{provider}")) == RateClass::login);
  CHECK(class_of(route(Method::post, "/auth/refresh")) == RateClass::login);
  CHECK(class_of(route(Method::get, "/.well-known/jwks.json")) == RateClass::none);
  auto signed_in = route(Method::get, "/auth/me");
  signed_in.policy = Policy::user;
  CHECK(class_of(signed_in) == RateClass::read);
  auto chosen = route(Method::get, "/v1/search");
  chosen.rate_class = RateClass::write;
  CHECK(class_of(chosen) == RateClass::write);
}
