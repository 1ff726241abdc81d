#include "loadtest/preflight.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/json.hpp"

namespace feedctl::loadtest {

namespace {

using http_client::Headers;
using http_client::Response;

constexpr std::size_t max_answer = std::size_t{8} << 20;
// Of lists of followers, so that the preflight ends in seconds.
constexpr int max_follower_pages = 200;
constexpr int ok = 200, created = 201, bad_request = 400, unauthorized = 401, forbidden = 403,
              not_found = 404, conflict = 409;

constexpr const char* token_hint =
    "where the server's database is: feedctl users token --sample 1000 --ttl 1h -o jsonl > "
    "tokens.jsonl; then give --tokens tokens.jsonl";

json::Value json_of(const Response& response) {
  try {
    return json::parse(response.body);
  } catch (const Error&) {
    return {};
  }
}

// "404 User with id 7 not found".
std::string described(const Response& response) {
  const auto body = json_of(response);
  const auto* detail = body.find("detail");
  const auto* text = detail == nullptr ? nullptr : detail->text();
  return std::to_string(response.status) + (text == nullptr ? "" : " " + *text);
}

Error unexpected(const std::string& what, const Response& response) {
  const auto code = response.status >= 500 ? ErrorCode::unavailable : ErrorCode::failed;
  return Error(code, what + ": the server answers " + described(response));
}

Id id_in(const json::Value* object, std::string_view name) {
  const auto* member = object == nullptr ? nullptr : object->find(name);
  const auto* id = member == nullptr ? nullptr : member->integer();
  return id == nullptr ? 0 : *id;
}

const json::Array& list_in(const json::Value& object, std::string_view name) {
  static const json::Array none;
  const auto* member = object.find(name);
  const auto* list = member == nullptr ? nullptr : member->array();
  return list == nullptr ? none : *list;
}

Headers credentials_of(const LoadUser& user) {
  if (!user.token.empty()) return {{"Authorization", "Bearer " + user.token}};
  return {{"X-User-Id", std::to_string(user.id)}};
}

// In the order of their number of posts.
std::vector<Id> authors_of(const json::Array& posts) {
  std::map<Id, int> counts;
  for (const auto& post : posts) {
    if (const Id author = id_in(&post, "author_id"); author > 0) ++counts[author];
  }
  std::vector<Id> authors;
  for (const auto& [author, count] : counts) authors.push_back(author);
  std::stable_sort(authors.begin(), authors.end(),
                   [&](Id a, Id b) { return counts[a] > counts[b]; });
  return authors;
}

}  // namespace

http_client::Options preflight_client_options() {
  http_client::Options options;
  options.read_timeout = std::chrono::seconds{10};
  options.deadline = std::chrono::seconds{20};
  options.max_body = max_answer;
  options.allow_loopback_http = true;
  options.allow_private_addresses = true;
  options.allow_private_http = true;
  options.user_agent = "feedctl-loadtest";
  return options;
}

Preflight::Preflight(std::string origin, std::function<bool()> should_stop)
    : origin_(std::move(origin)),
      should_stop_(std::move(should_stop)),
      client_(preflight_client_options()) {}

Response Preflight::call(const std::string& method, const std::string& target,
                         const Headers& headers, const std::string& body) const {
  http_client::Request request;
  request.method = method;
  request.url = origin_ + target;
  request.headers = headers;
  request.body = body;
  if (!body.empty()) request.content_type = "application/json";
  try {
    return client_.send(request);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    throw Error(ErrorCode::unavailable, "the server at " + origin_ + " does not answer")
        .with_detail(error.detail())
        .with_hint(
            "start one with `feedctl serve` or `feedctl dev`, or correct --url: http:// to "
            "this machine or to a private network");
  }
}

void Preflight::require_ready() const {
  const auto answer = call("GET", "/health/ready");
  if (answer.status == ok) return;
  if (answer.status >= 500)
    throw Error(ErrorCode::unavailable, "the server at " + origin_ + " is not ready")
        .with_detail(described(answer))
        .with_hint("its log, and `feedctl doctor` beside it, say what it waits for");
  throw Error(ErrorCode::unavailable, "at " + origin_ + " is no feedctl: GET /health/ready gives " +
                                          std::to_string(answer.status))
      .with_hint("--url names the server's scheme, host and port alone: http://127.0.0.1:8000");
}

void Preflight::require_open_mode() const {
  const auto answer = call("GET", "/v1/feed?limit=1");
  if (answer.status == unauthorized)
    throw Error(ErrorCode::usage, "the server wants a token of each user (auth.mode required)")
        .with_hint(token_hint);
  if (answer.status != bad_request && answer.status != ok)
    throw unexpected("asking for a home feed", answer);
}

void Preflight::require_accepted(const LoadUser& user) const {
  const auto answer = call("GET", "/v1/feed?limit=1", credentials_of(user));
  rate_limit_ = answer.header("ratelimit-policy");
  if (answer.status == ok) return;
  const auto who = "user " + std::to_string(user.id);
  if (answer.status == unauthorized && !user.token.empty())
    throw Error(ErrorCode::usage, "the server refuses the token of " + who)
        .with_detail(described(answer))
        .with_hint(std::string("tokens end: make new ones ") + token_hint);
  if (answer.status == unauthorized)
    throw Error(ErrorCode::usage, "the server wants a token of each user (auth.mode required)")
        .with_hint(token_hint);
  if (answer.status == not_found || answer.status == forbidden)
    throw Error(ErrorCode::usage, "the server does not let " + who + " act")
        .with_detail(described(answer))
        .with_hint("give --users with ids that this server has, or --users N to make some");
  throw unexpected("asking for the home feed of " + who, answer);
}

std::optional<LoadUser> Preflight::find_user(const std::string& handle) const {
  const auto found = call("GET", "/v1/users?handle=" + handle);
  if (found.status == not_found) return std::nullopt;
  const auto body = json_of(found);
  const Id id = id_in(&body, "id");
  if (found.status != ok || id <= 0) throw unexpected("looking for the user " + handle, found);
  return LoadUser{id};
}

LoadUser Preflight::make_user(const std::string& handle) const {
  if (auto user = find_user(handle)) return *user;
  const auto made = call("POST", "/v1/users", {}, "{\"handle\":\"" + handle + "\"}");
  if (made.status == unauthorized || made.status == forbidden)
    throw Error(ErrorCode::usage, "--users N makes users, which needs a server with auth.mode open")
        .with_hint(token_hint);
  if (made.status == conflict) {
    // Another load test has just made it.
    if (auto user = find_user(handle)) return *user;
    throw Error(ErrorCode::failed, "the account " + handle + " is suspended, so it cannot act")
        .with_hint("feedctl users reinstate --handle " + handle + ", or give --users FILE");
  }
  const auto body = json_of(made);
  const Id id = id_in(&body, "id");
  if (made.status != created || id <= 0) throw unexpected("making the user " + handle, made);
  return {id};
}

std::vector<LoadUser> Preflight::make_users(std::size_t count) const {
  std::vector<LoadUser> users;
  while (users.size() < count && !should_stop_())
    users.push_back(make_user("lt_" + std::to_string(users.size())));
  return users;
}

std::vector<LoadUser> Preflight::find_users(std::size_t limit) const {
  const auto hot = call("GET", "/v1/feed/hot?limit=500");
  if (hot.status != ok) throw unexpected("asking for the hot feed", hot);
  const auto page = json_of(hot);
  const auto authors = authors_of(list_in(page, "posts"));
  std::vector<LoadUser> users;
  std::unordered_set<Id> seen;
  const auto add = [&](Id id) {
    if (id > 0 && users.size() < limit && seen.insert(id).second) users.push_back({id});
  };
  for (const Id author : authors) add(author);
  int pages = 0;
  for (const Id author : authors) {
    if (users.size() >= limit || pages++ == max_follower_pages || should_stop_()) break;
    const auto followers =
        call("GET", "/v1/users/" + std::to_string(author) + "/followers?limit=100");
    if (followers.status != ok) continue;  // deleted meanwhile
    const auto body = json_of(followers);
    for (const auto& user : list_in(body, "users")) add(id_in(&user, "id"));
  }
  return users;
}

KnownIds Preflight::find_ids(const Mix& mix) const {
  KnownIds known;
  if (needs_posts(mix)) {
    const auto hot = json_of(call("GET", "/v1/feed/hot?limit=500"));
    for (const auto& post : list_in(hot, "posts")) {
      if (const Id id = id_in(&post, "id"); id > 0) known.posts.push_back(id);
    }
  }
  if (uses(mix, Action::page)) {
    const auto pages = json_of(call("GET", "/api/v1/pages"));
    for (const auto& page : list_in(pages, "results")) {
      if (const Id id = id_in(&page, "id"); id > 0) known.pages.push_back(id);
    }
  }
  return known;
}

}  // namespace feedctl::loadtest
