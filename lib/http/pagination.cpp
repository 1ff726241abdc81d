#include "http/pagination.hpp"

#include "base/error.hpp"
#include "base/url.hpp"

namespace feedctl::http {

namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 100;

}  // namespace

std::string next_link(const Request& request, int limit, const std::string& cursor) {
  std::string link = "<" + request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name == "cursor" || name == "limit") continue;
    link.append(percent_encode(name)).append("=").append(percent_encode(value)).append("&");
  }
  return link + "limit=" + std::to_string(limit) + "&cursor=" + cursor + ">; rel=\"next\"";
}

PageRequest::PageRequest(const Request& request, const CursorSigner& cursors, std::string scope)
    : request_(request),
      cursors_(cursors),
      scope_(std::move(scope)),
      limit_(request.limit(default_limit, max_limit)),
      before_id_(page_start) {
  const auto* cursor = request.query_param("cursor");
  if (cursor == nullptr) return;
  const auto payload = cursors_.verify(scope_, *cursor);
  const auto last = payload ? parse_id(*payload) : std::nullopt;
  if (!last) throw Error(ErrorCode::invalid_argument, "invalid cursor");
  before_id_ = *last;
}

Response PageRequest::respond(std::string_view name, std::optional<Id> next,
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
