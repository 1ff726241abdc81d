#include "posts/new_post_form.hpp"

#include "auth/credentials.hpp"
#include "base/error.hpp"

namespace feedctl::posts {

void refuse_immutable_members(const std::function<bool(const char*)>& has) {
  if (has("like_count")) {
    throw Error(ErrorCode::invalid_argument,
                "like_count cannot be updated directly. Use like operations instead.");
  }
  if (has("created_at")) throw Error(ErrorCode::invalid_argument, "created_at cannot be updated");
}

NewPostForm::NewPostForm(const http::Request& request)
    : form_(http::MultipartForm::parse(request)),
      text_(form_.text("text").value_or("")),
      author_(auth::actor_in_request(request, form_)) {
  refuse_immutable_members([&](const char* name) { return form_.text(name).has_value(); });
}

}  // namespace feedctl::posts
