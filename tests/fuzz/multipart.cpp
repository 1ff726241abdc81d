// Multipart forms: accepted or refused as bad input, and the parts lie in the body one behind the
// other, without a line that begins with the boundary.
#include "http/multipart.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

http::Request request_with(std::string_view body) {
  http::Request request;
  request.method = http::Method::post;
  request.has_body = true;
  request.body = body;
  request.headers.emplace_back("content-type", "multipart/form-data; boundary=b");
  return request;
}

void check_part(const http::MultipartPart& part, std::string_view body, std::size_t least) {
  const auto& content = part.content;
  require(content.offset >= least && content.offset <= body.size(), "a part begins elsewhere");
  require(content.size <= body.size() - content.offset, "a part is longer than the body");
  const auto bytes = body.substr(content.offset, content.size);
  require(bytes.find("\r\n--b") == std::string_view::npos, "a boundary in " + shown(bytes));
  const auto end = content.offset + content.size;
  const bool is_ended = body.substr(end, 5) == "\r\n--b" ||
                        (content.size == 0 && body.substr(end - 2, 5) == "\r\n--b");
  require(is_ended, "no boundary behind " + shown(bytes));
  require(!part.name.empty() && utf8_length(part.name), "the name " + shown(part.name));
}

void check_text(const http::MultipartForm& form, const std::string& name) {
  try {
    const auto text = form.text(name);
    require(text && utf8_length(*text) && text->find('\0') == std::string::npos,
            "the text of " + shown(name));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
  }
}

}  // namespace

void multipart(std::string_view bytes) {
  try {
    const auto form = http::MultipartForm::parse(request_with(bytes));
    require(form.parts().size() <= http::MultipartLimits{}.max_parts, "too many parts");
    std::size_t least = 0;
    for (const auto& part : form.parts()) {
      check_part(part, bytes, least);
      least = part.content.offset + part.content.size;
      check_text(form, part.name);
    }
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
  }
}

}  // namespace feedctl::fuzz
