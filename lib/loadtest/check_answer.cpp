#include "loadtest/check_answer.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "http/header_text.hpp"

namespace feedctl::loadtest {

namespace {

json::Value parse_body(std::string_view body) {
  try {
    return json::parse(body);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, std::string("the body is not JSON: ") + error.what());
  }
}

const json::Value& member(const json::Value& object, std::string_view name) {
  const auto* found = object.find(name);
  if (found == nullptr)
    throw Error(ErrorCode::bad_data, "the body has no \"" + std::string(name) + "\"");
  return *found;
}

std::int64_t integer_member(const json::Value& object, std::string_view name) {
  const auto* number = member(object, name).integer();
  if (number == nullptr)
    throw Error(ErrorCode::bad_data, "\"" + std::string(name) + "\" is not a whole number");
  return *number;
}

const json::Array& list_member(const json::Value& object, std::string_view name) {
  const auto* list = member(object, name).array();
  if (list == nullptr)
    throw Error(ErrorCode::bad_data, "\"" + std::string(name) + "\" is not a list");
  return *list;
}

std::optional<std::string> cursor_of(const json::Value& object) {
  const auto& cursor = member(object, "next_cursor");
  if (cursor.is_null()) return std::nullopt;
  if (cursor.text() == nullptr)
    throw Error(ErrorCode::bad_data, "\"next_cursor\" is neither a text nor null");
  return *cursor.text();
}

std::optional<double> score_of(const json::Value& object) {
  const auto* score = object.find("score");
  if (score == nullptr) return std::nullopt;
  if (score->real() != nullptr) return *score->real();
  if (score->integer() != nullptr) return static_cast<double>(*score->integer());
  return std::nullopt;
}

ShownPost to_post(const json::Value& object) {
  ShownPost post;
  post.id = integer_member(object, "id");
  post.author_id = integer_member(object, "author_id");
  post.like_count = integer_member(object, "like_count");
  post.view_count = integer_member(object, "view_count");
  const auto* liked = object.find("liked");
  if (liked != nullptr && liked->boolean() != nullptr) post.is_liked = *liked->boolean();
  post.score = score_of(object);
  return post;
}

}  // namespace

const ShownPost* FeedPage::find(Id post) const {
  const auto found = std::find_if(posts.begin(), posts.end(),
                                  [&](const ShownPost& one) { return one.id == post; });
  return found == posts.end() ? nullptr : &*found;
}

ShownPost read_post(std::string_view body) {
  return to_post(parse_body(body));
}

FeedPage read_feed_page(std::string_view body) {
  const auto parsed = parse_body(body);
  FeedPage page;
  for (const auto& post : list_member(parsed, "posts")) page.posts.push_back(to_post(post));
  page.next_cursor = cursor_of(parsed);
  return page;
}

LikesPage read_likes_page(std::string_view body) {
  const auto parsed = parse_body(body);
  LikesPage page;
  for (const auto& like : list_member(parsed, "likes"))
    page.users.push_back(integer_member(like, "user_id"));
  page.next_cursor = cursor_of(parsed);
  return page;
}

std::int64_t read_integer(std::string_view body, std::string_view name) {
  return integer_member(parse_body(body), name);
}

std::string_view header_value(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    auto line = next_field(headers, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && http::equals_ignore_case(line.substr(0, colon), name))
      return http::trimmed(line.substr(colon + 1));
  }
  return {};
}

std::string request_id_note(const Answer& answer) {
  const auto id = header_value(answer.headers, "x-request-id");
  return id.empty() ? "" : " (request " + std::string(id) + ")";
}

}  // namespace feedctl::loadtest
