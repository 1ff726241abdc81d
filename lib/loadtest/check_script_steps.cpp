// The steps of CheckScript.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/json_writer.hpp"
#include "base/url.hpp"
#include "loadtest/check_script.hpp"
#include "loadtest/page_order.hpp"

namespace feedctl::loadtest {

namespace {

constexpr int first_page_limit = 50;
constexpr int walk_limit = 3;

std::string user_path(Id user) {
  return "/v1/users/" + std::to_string(user);
}

std::string post_path(Id post) {
  return "/v1/posts/" + std::to_string(post);
}

std::string feed_name(Id user) {
  return "the home feed of user " + std::to_string(user);
}

std::string to_object(std::string_view member, std::string_view text) {
  std::string body;
  json::Writer(body).open_object().text(member, text).close_object();
  return body;
}

std::string to_object(std::string_view member, Id number) {
  std::string body;
  json::Writer(body).open_object().integer(member, number).close_object();
  return body;
}

}  // namespace

Step CheckScript::create_user(Role role) {
  Step step;
  step.what = "POST /v1/users";
  step.statuses = {201};
  step.is_made_anew = true;  // without an actor there is no idempotency key
  step.make = [this] {
    auto handle = options_.name + "_" + std::to_string(++key_count_);
    return CheckRequest{.method = "POST",
                        .target = "/v1/users",
                        .body = to_object("handle", std::string_view(handle))};
  };
  step.check = [this, role](const Answer& answer) {
    (role == Role::author ? author_ : reader_).id = read_integer(answer.body, "id");
    return Steps{};
  };
  return step;
}

Step CheckScript::command(std::string what, std::string method, std::string target,
                          std::string body, Role role, std::vector<int> statuses) {
  Step step;
  step.what = std::move(what);
  step.statuses = std::move(statuses);
  step.make = [=, this, key = new_key()] {
    return CheckRequest{method, target, user(role), body, key};
  };
  step.check = [](const Answer&) { return Steps{}; };
  return step;
}

Step CheckScript::set_following(bool follows) {
  Step step;
  const std::string verb = follows ? "/follow" : "/unfollow";
  step.what = "POST /v1/users/{id}" + verb;
  step.statuses = {200};
  step.make = [this, verb, key = new_key()] {
    return CheckRequest{"POST", user_path(author_.id) + verb, reader_, "", key};
  };
  step.check = [](const Answer&) { return Steps{}; };
  return step;
}

Step CheckScript::publish() {
  auto step =
      command("POST /v1/posts", "POST", "/v1/posts",
              to_object("text", std::string_view("check " + new_key())), Role::author, {201});
  step.check = [this](const Answer& answer) {
    const auto post = read_post(answer.body);
    posts_[post.id].checked.id = post.id;
    if (post.author_id != author_.id) {
      report("post " + std::to_string(post.id) + ": author_id is " +
                 std::to_string(post.author_id) + ", expected " + std::to_string(author_.id),
             answer);
    }
    return Steps{};
  };
  return step;
}

CheckRequest CheckScript::feed_request(Role role, const std::string& query) const {
  return {.target = "/v1/feed?" + query + "&min_token=" + percent_encode(token_),
          .actor = user(role)};
}

Step CheckScript::expect_in_feed(Role role) {
  Step step;
  step.what = "a home feed with min_token";
  step.statuses = {200};
  step.is_min_token_read = true;
  step.make = [this, role]() -> std::optional<CheckRequest> {
    if (token_.empty() || posts_.empty()) return std::nullopt;
    return feed_request(role, "limit=" + std::to_string(first_page_limit));
  };
  step.check = [this, role](const Answer& answer) {
    const auto page = read_feed_page(answer.body);
    PageWalk pages({newest()->checked.id}, {});
    if (const auto fault = pages.add(page))
      report(feed_name(user(role).id) + ", read with the token of its own commands: " + *fault,
             answer);
    for (const auto& post : page.posts) compare_counts(post, role, true, answer);
    return Steps{};
  };
  return step;
}

Step CheckScript::expect_no_author() {
  Step step;
  step.what = "a home feed with min_token";
  step.statuses = {200};
  step.is_min_token_read = true;
  step.make = [this]() -> std::optional<CheckRequest> {
    if (token_.empty()) return std::nullopt;
    return feed_request(Role::reader, "limit=" + std::to_string(first_page_limit));
  };
  step.check = [this](const Answer& answer) {
    for (const auto& post : read_feed_page(answer.body).posts) {
      if (post.author_id != author_.id) continue;
      report(feed_name(reader_.id) + " shows post " + std::to_string(post.id) + " of user " +
                 std::to_string(author_.id) + ", who was unfollowed before",
             answer);
      break;
    }
    return Steps{};
  };
  return step;
}

Step CheckScript::set_like(Role role, bool likes) {
  Step step;
  const auto post = std::make_shared<Id>(0);
  step.what = likes ? "POST /v1/likes" : "DELETE /v1/posts/{id}/likes";
  step.statuses = likes ? std::vector{200, 201} : std::vector{204};
  step.make = [this, role, likes, post, key = new_key()]() -> std::optional<CheckRequest> {
    if (posts_.empty()) return std::nullopt;
    *post = newest()->checked.id;
    if (!likes) return CheckRequest{"DELETE", post_path(*post) + "/likes", user(role), "", key};
    return CheckRequest{"POST", "/v1/likes", user(role), to_object("post_id", *post), key};
  };
  const auto note = [this, role, post](Certainty state) {
    posts_.at(*post).checked.likes[user(role).id] = state;
  };
  step.check = [note, likes](const Answer&) {
    note(likes ? Certainty::yes : Certainty::no);
    return Steps{};
  };
  step.on_unknown = [note] { note(Certainty::unknown); };
  return step;
}

Step CheckScript::expect_post(Role role) {
  Step step;
  step.what = "GET /v1/posts/{id} of a post that was made before";
  step.statuses = {200};
  step.make = [this, role]() -> std::optional<CheckRequest> {
    if (posts_.empty()) return std::nullopt;
    return CheckRequest{.target = post_path(newest()->checked.id), .actor = user(role)};
  };
  step.check = [this, role](const Answer& answer) {
    const auto shown = read_post(answer.body);
    if (shown.id != newest()->checked.id) {
      report("GET /v1/posts/" + std::to_string(newest()->checked.id) + " answers with post " +
                 std::to_string(shown.id),
             answer);
    }
    compare_counts(shown, role, false, answer);
    return Steps{};
  };
  return step;
}

// Of the oldest post, which was viewed before, so that its count can be compared.
Step CheckScript::view() {
  Step step;
  step.what = "POST /v1/views";
  step.statuses = {200};
  step.make = [this]() -> std::optional<CheckRequest> {
    if (posts_.empty()) return std::nullopt;
    return CheckRequest{"POST", "/v1/views", reader_, to_object("postId", posts_.begin()->first),
                        ""};
  };
  step.check = [this](const Answer& answer) {
    const auto count = read_integer(answer.body, "viewsCount");
    auto& [id, post] = *posts_.begin();
    if (count < post.views_posted && !options_.may_views_shrink) {
      report("post " + std::to_string(id) + ": viewsCount is " + std::to_string(count) +
                 ", expected at least " + std::to_string(post.views_posted),
             answer);
    }
    post.views_posted = std::max(post.views_posted, count);
    return Steps{};
  };
  return step;
}

std::set<Id> CheckScript::ids_of(const std::map<Id, OwnPost>& posts) {
  std::set<Id> ids;
  for (const auto& [id, post] : posts) ids.insert(id);
  return ids;
}

// Each page carries the token, since each may come from another server.
Step CheckScript::walk(std::string cursor) {
  Step step;
  step.what = "a home feed by cursor";
  step.statuses = {200};
  step.is_min_token_read = true;
  step.make = [this, cursor]() -> std::optional<CheckRequest> {
    if (token_.empty()) return std::nullopt;
    if (cursor.empty()) walk_.emplace(ids_of(posts_), ids_of(deleted_));
    const auto query = "limit=" + std::to_string(walk_limit);
    return feed_request(Role::reader,
                        cursor.empty() ? query : query + "&cursor=" + percent_encode(cursor));
  };
  step.check = [this](const Answer& answer) {
    const auto page = read_feed_page(answer.body);
    if (const auto fault = walk_->add(page))
      report(feed_name(reader_.id) + ", page " + std::to_string(walk_->pages()) + ": " + *fault,
             answer);
    for (const auto& post : page.posts) compare_counts(post, Role::reader, true, answer);
    if (!page.next_cursor || walk_->pages() >= max_walk_pages) return Steps{};
    Steps next;
    next.push_back(walk(*page.next_cursor));
    return next;
  };
  return step;
}

Step CheckScript::delete_oldest() {
  Step step;
  const auto post = std::make_shared<Id>(0);
  step.what = "DELETE /v1/posts/{id}";
  step.statuses = {200, 204};
  step.make = [this, post, key = new_key()]() -> std::optional<CheckRequest> {
    if (posts_.size() <= max_posts) return std::nullopt;
    *post = posts_.begin()->first;
    return CheckRequest{"DELETE", post_path(*post), author_, "", key};
  };
  step.check = [this, post](const Answer&) {
    note_deleted(*post, Certainty::no);
    return Steps{};
  };
  step.on_unknown = [this, post] { note_deleted(*post, Certainty::unknown); };
  return step;
}

// Feeds are compared with the last few deleted posts; the rest is left for the end of the run.
void CheckScript::note_deleted(Id post, Certainty exists) {
  auto moved = posts_.extract(post);
  if (moved.empty()) return;
  moved.mapped().checked.exists = exists;
  deleted_.insert(std::move(moved));
  while (deleted_.size() > max_posts) {
    log_.add_post(deleted_.begin()->second.checked);
    deleted_.erase(deleted_.begin());
  }
}

Step CheckScript::expect_gone() {
  Step step;
  step.what = "GET /v1/posts/{id} of a post that was deleted before";
  step.statuses = {404};
  step.make = [this]() -> std::optional<CheckRequest> {
    if (deleted_.empty()) return std::nullopt;
    return CheckRequest{.target = post_path(deleted_.rbegin()->first), .actor = reader_};
  };
  step.check = [](const Answer&) { return Steps{}; };
  return step;
}

}  // namespace feedctl::loadtest
