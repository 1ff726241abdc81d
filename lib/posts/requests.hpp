#pragma once
// What the routes of posts, likes and feeds read from a request in the same way: whom it names as
// its actor, and where in a list it stands. Errors: invalid_argument, in the documents' words.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/cursor.hpp"
#include "base/json_writer.hpp"
#include "http/message.hpp"

namespace feedctl::posts {

// user_id or author_id of the body or the query, for auth::Auth::actor(). Where several are given
// they must name the same user.
std::optional<Id> named_actor(const http::Request& request);
std::optional<Id> named_actor(const http::Request& request, const http::Body& body);

// A user's id in decimal, for places where a bad one is 400: "user_id must be an integer".
Id user_id_of(std::string_view member, std::string_view text);

// One request for a page of a list that is ordered by id, newest first. The cursor holds the last
// id seen and is good for `scope` alone.
class PageRequest {
 public:
  PageRequest(const http::Request& request, const CursorSigner& cursors, std::string scope);

  int limit() const { return limit_; }
  Id before() const { return before_; }  // items lie below it

  // 200 {"<name>": <items>, "next_cursor": ..} with a Link to the next page, where there is one.
  http::Response answer(std::string_view name, std::optional<Id> next,
                        const std::function<void(json::Writer&)>& items) const;

 private:
  std::string link(const std::string& cursor) const;

  const http::Request& request_;
  const CursorSigner& cursors_;
  std::string scope_;
  int limit_;
  Id before_;
};

}  // namespace feedctl::posts
