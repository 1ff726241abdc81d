#include "scripted_answers.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/json.hpp"

namespace feedctl::test {

using namespace loadtest;

namespace {

constexpr std::size_t default_limit = 50;

std::string header_of(const std::string& bytes, const std::string& name) {
  const auto at = bytes.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + 4 + name.size();
  return bytes.substr(begin, bytes.find("\r\n", begin) - begin);
}

Id number_in(const std::string& path, const std::string& before) {
  return std::stoll(path.substr(before.size()));
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string FakeRequest::query(const std::string& name) const {
  const auto text = "&" + target.substr(std::min(target.find('?') + 1, target.size()));
  const auto at = text.find("&" + name + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return text.substr(begin, text.find('&', begin) - begin);
}

FakeRequest parse_request(const std::string& bytes) {
  FakeRequest request;
  const auto first = bytes.find(' '), second = bytes.find(' ', first + 1);
  request.method = bytes.substr(0, first);
  request.target = bytes.substr(first + 1, second - first - 1);
  request.body = bytes.substr(bytes.find("\r\n\r\n") + 4);
  request.idempotency_key = header_of(bytes, "Idempotency-Key");
  const auto actor = header_of(bytes, "X-User-Id");
  request.actor = actor.empty() ? 0 : std::stoll(actor);
  return request;
}

FakeAnswer FakeServer::answer(const FakeRequest& request) {
  if (request.is_feed()) return feed(request);
  if (request.path() == "/v1/views") return view(request);
  if (request.method == "GET") return show(number_in(request.path(), "/v1/posts/"), request.actor);
  if (request.idempotency_key.empty()) return run_command(request);
  const auto [stored, is_new] = stored_.try_emplace(request.idempotency_key);
  if (is_new) {
    ++keys_[request.idempotency_key];
    stored->second = run_command(request);
  }
  return stored->second;
}

FakeAnswer FakeServer::run_command(const FakeRequest& request) {
  const auto path = request.path();
  if (path == "/v1/users") return {201, "{\"id\":" + std::to_string(++next_id_) + "}"};
  if (path == "/v1/posts") {
    posts_[++next_id_].author = request.actor;
    return {201, post_json(next_id_, request.actor)};
  }
  if (path == "/v1/likes") {
    posts_.at(*json::parse(request.body).find("post_id")->integer()).likes.insert(request.actor);
    return {201, "{}"};
  }
  if (ends_with(path, "/likes")) {
    posts_.at(number_in(path, "/v1/posts/")).likes.erase(request.actor);
    return {204, ""};
  }
  if (request.method == "DELETE") {
    posts_.at(number_in(path, "/v1/posts/")).is_deleted = true;
    return {204, ""};
  }
  const std::pair follow(request.actor, number_in(path, "/v1/users/"));
  if (ends_with(path, "/follow")) {
    follows_.insert(follow);
  } else {
    follows_.erase(follow);
  }
  return {200, "{}"};
}

std::vector<Id> FakeServer::feed_of(Id reader) const {
  std::vector<Id> ids;
  for (auto post = posts_.rbegin(); post != posts_.rend(); ++post) {
    const Id author = post->second.author;
    const bool is_shown =
        author == reader || faults_.keeps_unfollowed || follows_.count({reader, author}) > 0;
    if (is_shown && (faults_.shows_deleted || !post->second.is_deleted)) ids.push_back(post->first);
  }
  if (faults_.loses_posts && !ids.empty()) ids.erase(ids.begin());
  if (faults_.swaps_posts && ids.size() > 1) std::swap(ids[0], ids[1]);
  return ids;
}

FakeAnswer FakeServer::feed(const FakeRequest& request) const {
  if (faults_.refuses_tokens) return {400, "{}"};
  const auto ids = feed_of(request.actor);
  const auto limit_text = request.query("limit"), cursor = request.query("cursor");
  const auto limit = limit_text.empty() ? default_limit : std::stoul(limit_text);
  std::size_t begin = 0;
  if (!cursor.empty()) {
    begin = std::stoul(cursor);
    if (faults_.doubles_posts) --begin;
    if (faults_.skips_posts) ++begin;
  }
  const auto end = std::min(ids.size(), begin + limit);
  std::string posts;
  for (auto i = begin; i < end; ++i)
    posts += (posts.empty() ? "" : ",") + post_json(ids[i], request.actor);
  return {200, "{\"posts\":[" + posts + "],\"next_cursor\":" +
                   (end < ids.size() ? "\"" + std::to_string(end) + "\"" : "null") + "}"};
}

FakeAnswer FakeServer::show(Id post, Id actor) const {
  const auto found = posts_.find(post);
  if (found == posts_.end() || (found->second.is_deleted && !faults_.keeps_deleted))
    return {404, "{}"};
  return {200, post_json(post, actor)};
}

FakeAnswer FakeServer::view(const FakeRequest& request) {
  auto& post = posts_.at(*json::parse(request.body).find("postId")->integer());
  ++post.views;
  const int shown = faults_.shrinks_views && post.views > 1 ? 0 : post.views;
  return {200, "{\"viewsCount\":" + std::to_string(shown) + "}"};
}

std::string FakeServer::post_json(Id id, Id actor) const {
  const auto& post = posts_.at(id);
  const auto likes = faults_.forgets_likes ? 0 : post.likes.size();
  const bool is_liked = faults_.says_liked || post.likes.count(actor) > 0;
  return "{\"id\":" + std::to_string(id) + ",\"author_id\":" + std::to_string(post.author) +
         ",\"like_count\":" + std::to_string(likes) +
         ",\"view_count\":" + std::to_string(post.views) +
         ",\"liked\":" + (is_liked ? "true" : "false") + "}";
}

ScriptRun::ScriptRun(Faults faults, ScriptOptions options)
    : server(faults),
      session(std::make_unique<CheckSession>(
          "127.0.0.1:1", std::make_unique<CheckScript>(std::move(options), log), log)) {}

FakeRequest ScriptRun::send() {
  now += std::chrono::seconds{5};  // past any delay before a retry
  std::string bytes;
  if (!session->is_ready(now) || !session->write_next(bytes, now))
    throw std::runtime_error("the script has no request");
  return last_ = parse_request(bytes);
}

void ScriptRun::run(int count) {
  for (int i = 0; i < count && !session->is_over(); ++i) give(server.answer(send()));
}

FakeRequest ScriptRun::run_to(const std::string& method, const std::string& target) {
  for (int i = 0; i < 1000; ++i) {
    auto request = send();
    if (request.method == method && request.target.compare(0, target.size(), target) == 0)
      return request;
    give(server.answer(request));
  }
  throw std::runtime_error("the script never asks for " + target);
}

Outcome ScriptRun::give(const FakeAnswer& answer) {
  Answer full;
  full.status = answer.status;
  full.outcome = answer.status < 400 ? Outcome::ok : Outcome::client_error;
  full.headers = "Content-Type: application/json\r\nx-feed-token: t1\r\nX-Request-Id: r1\r\n";
  full.body = answer.body;
  return deliver(full);
}

Outcome ScriptRun::give_no_answer(Outcome outcome, int status) {
  Answer none;
  none.outcome = outcome;
  none.status = status;
  return deliver(none);
}

Outcome ScriptRun::deliver(Answer answer) {
  answer.intended = answer.sent = now;
  answer.received = now + std::chrono::milliseconds{1};
  return session->on_answer(answer);
}

}  // namespace feedctl::test
