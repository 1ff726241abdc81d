#pragma once
// A new post as multipart/form-data: `text`, `image`, and `user_id` or `author_id` as JSON has
// them. Other fields are ignored. A plain value, used by one thread at a time.
#include <functional>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"

namespace feedctl::posts {

class NewPostForm {
 public:
  // Errors of http::MultipartForm::parse() and auth::actor_in_request(). Error(invalid_argument)
  // for like_count and created_at.
  explicit NewPostForm(const http::Request& request);

  const std::string& text() const { return text_; }  // "" where it is left out
  // Whom the form names, else the query.
  const std::optional<Id>& author() const { return author_; }
  const http::MultipartPart* image() const { return form_.file("image"); }  // nullptr: none

 private:
  http::MultipartForm form_;
  std::string text_;
  std::optional<Id> author_;
};

// Error(invalid_argument) for a member that a client must not set. `has` tells whether it is there.
void refuse_immutable_members(const std::function<bool(const char*)>& has);

}  // namespace feedctl::posts
