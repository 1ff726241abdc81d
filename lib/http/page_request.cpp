#include "http/page_request.hpp"

#include "base/error.hpp"

namespace feedctl::http {

namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 100;

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15U];
  }
}

}  // namespace

std::string next_link(const Request& request, int limit, const std::string& cursor) {
  std::string link = "<" + request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name == "cursor" || name == "limit") continue;
    append_encoded(link, name);
    link += '=';
    append_encoded(link, value);
    link += '&';
  }
  return link + "limit=" + std::to_string(limit) + "&cursor=" + cursor + ">; rel=\"next\"";
}

PageRequest::PageRequest(const Request& request, const CursorSigner& cursors, std::string scope)
    : request_(request),
      cursors_(cursors),
      scope_(std::move(scope)),
      limit_(request.limit(default_limit, max_limit)),
      before_(page_start) {
  const auto* cursor = request.query_value("cursor");
  if (cursor == nullptr) return;
  const auto payload = cursors_.verify(scope_, *cursor);
  const auto last = payload ? parse_id(*payload) : std::nullopt;
  if (!last) throw Error(ErrorCode::invalid_argument, "invalid cursor");
  before_ = *last;
}

Response PageRequest::answer(std::string_view name, std::optional<Id> next,
                             const std::function<void(json::Writer&)>& items) const {
  const auto cursor = next ? cursors_.sign(scope_, std::to_string(*next)) : "";
  std::string body;
  json::Writer writer(body);
  writer.open_object().key(name);
  items(writer);
  if (next)
    writer.text("next_cursor", cursor);
  else
    writer.null("next_cursor");
  writer.close_object();
  auto response = json_response(200, std::move(body));
  if (next) response.header("Link", next_link(request_, limit_, cursor));
  return response;
}

}  // namespace feedctl::http
