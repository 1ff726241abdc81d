#include "posts/new_post_form.hpp"

#include "base/error.hpp"

namespace feedctl::posts {

namespace {

std::optional<Id> id_field(const http::MultipartForm& form, const char* name) {
  const auto text = form.text(name);
  if (!text) return std::nullopt;
  if (const auto id = parse_id(*text)) return id;
  const auto fault = std::string(name) + " must be a positive integer";
  throw Error(ErrorCode::invalid_argument, fault).with_field(std::string("/") + name, fault);
}

std::optional<Id> author_field(const http::MultipartForm& form) {
  const auto user = id_field(form, "user_id");
  return user ? user : id_field(form, "author_id");
}

}  // namespace

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
      author_(author_field(form_)) {
  refuse_immutable_members([&](const char* name) { return form_.text(name).has_value(); });
}

}  // namespace feedctl::posts
