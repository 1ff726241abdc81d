#include "support/app/app.hpp"

#include "base/error.hpp"
#include "feed/routes.hpp"
#include "http/problem.hpp"
#include "likes/routes.hpp"
#include "posts/routes.hpp"
#include "support/call_handler.hpp"
#include "support/database_options.hpp"
#include "support/json.hpp"

namespace feedctl::test {

namespace {

// Time-outs that a busy machine does not meet: tests race threads on purpose.
store::Options options(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  options.application_name = "feedctl.test";
  options.pool_size = 24;
  return options;
}

auth::Options auth_options(const support::FreshDatabase& fresh, auth::Mode mode) {
  auto owner = options(fresh);
  owner.url = fresh.owner_url();
  store::Database database(owner);
  auth::ensure_signing_key(database);
  auth::Options made;
  made.mode = mode;
  return made;
}

std::string as_text(const json::Value& value) {
  if (value.is_null()) return "null";
  if (const auto* text = value.text()) return *text;
  if (const auto* number = value.integer()) return std::to_string(*number);
  if (const auto* yes = value.boolean()) return *yes ? "true" : "false";
  return value.object() != nullptr ? "{}" : "[]";
}

void take_query(http::Request& request, const std::string& query) {
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const auto pair = query.substr(at, end - at);
    const auto equals = pair.find('=');
    request.query.emplace_back(pair.substr(0, equals),
                               equals == std::string::npos ? "" : pair.substr(equals + 1));
    at = end + 1;
  }
}

http::Response respond(App& app, http::Request& request) {
  const auto match = app.router.match(request.method, request.path);
  if (match.route == nullptr) {
    return http::problem(app.router.allowed_methods(request.path).empty() ? 404 : 405, "", "");
  }
  request.path_params = match.path_params;
  request.route = match.route->pattern;
  try {
    app.auth.authenticate(request, *match.route);
    return support::call_handler(*match.route, request);
  } catch (const http::HttpError& error) {
    return http::problem(error.status(), error.what(), "");
  } catch (const Error& error) {
    if (http::status_of(error.code()) < 500) return http::problem(error, "");
    return http::problem(http::status_of(error.code()), error.what() + (": " + error.detail()), "");
  }
}

}  // namespace

std::string Reply::get(std::string_view member) const {
  if (body.empty()) return "";
  const auto document = json();
  const auto* value = document.find(member);
  return value == nullptr ? "" : as_text(*value);
}

std::string Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::vector<Id> Reply::ids(std::string_view array, std::string_view member) const {
  const auto document = json();
  std::vector<Id> ids;
  for (const auto& item : support::list_in(document, array)) {
    ids.push_back(support::integer_in(item, member));
  }
  return ids;
}

App::App(auth::Mode mode)
    : database(options(fresh)),
      auth(auth_options(fresh, mode), database),
      posts(database, {[this] { ++deletes; }}),
      likes(database, {[this] { ++changes; }}),
      feed(database),
      home({feed, database, auth, cursors}, std::nullopt) {
  posts::add_routes(router, {posts, database, auth, cursors});
  likes::add_routes(router, {likes, auth, cursors});
  feed::add_routes(router, home);
}

Reply App::send(http::Method method, const std::string& target, const std::string& body,
                const Headers& headers) {
  http::Request request;
  request.method = method;
  request.target = target;
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) take_query(request, target.substr(mark + 1));
  request.headers = headers;
  request.has_body = !body.empty();
  request.body = body;
  if (request.has_body && request.header("content-type") == nullptr)
    request.headers.emplace_back("content-type", "application/json");
  auto response = respond(*this, request);
  return {response.status, std::move(response.body), std::move(response.headers)};
}

Id App::add_user(const std::string& role) {
  const auto number = std::to_string(++users_);
  return std::stoll(
      sql("WITH u AS (INSERT INTO users (id, handle, name, role, shard) SELECT id, 'u" + number +
          "', 'User " + number + "', '" + role +
          "', feedctl_shard(id) FROM (SELECT feedctl_next_id() AS id) n RETURNING id), "
          "s AS (INSERT INTO user_stats (user_id) SELECT id FROM u) SELECT id FROM u"));
}

void App::remove_user(Id user) {
  sql("WITH s AS (DELETE FROM user_stats WHERE user_id = " + std::to_string(user) +
      ") UPDATE users SET deleted_at = now() WHERE id = " + std::to_string(user));
}

void App::follow(Id follower, Id followee) {
  sql("INSERT INTO follows VALUES (" + std::to_string(follower) + ", " + std::to_string(followee) +
      ") ON CONFLICT DO NOTHING");
}

void App::unfollow(Id follower, Id followee) {
  sql("DELETE FROM follows WHERE follower_id = " + std::to_string(follower) +
      " AND followee_id = " + std::to_string(followee));
}

Headers App::token(Id user) {
  return {{"authorization", "Bearer " + auth.issue(user, std::chrono::seconds{600})}};
}

}  // namespace feedctl::test
