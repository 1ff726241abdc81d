#include "hot/routes.hpp"

#include "hot/json.hpp"
#include "http/page_request.hpp"

namespace feedctl::hot {
namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 1000;

http::Response answer(const http::Request& request, int limit, std::string body,
                      const std::optional<std::string>& next_cursor) {
  auto response = http::json_response(200, std::move(body));
  if (next_cursor) response.header("Link", http::next_link(request, limit, *next_cursor));
  return response;
}

http::Response first_page(const Deps& deps, const http::Request& request, int limit) {
  const auto page = deps.feed.first_page(limit, request.deadline);
  auto response = answer(request, limit, page->body, page->next_cursor);
  if (!page->stale) return http::conditional(request, std::move(response), page->etag);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now() - page->made_at);
  return response.header("X-Feed-Stale", "1").header("Age", std::to_string(age.count()));
}

http::Response hot(const Deps& deps, const http::Request& request) {
  const int limit = request.limit(default_limit, max_limit);
  std::optional<std::string> cursor;
  if (const auto* text = request.query_value("cursor")) cursor = *text;
  const auto actor = deps.auth.actor(request, auth::named_actor(request));
  if (!actor && !cursor) return first_page(deps, request, limit);
  const auto page = deps.feed.page(limit, cursor, actor, request.deadline);
  return answer(request, limit, to_json(page), page.next_cursor);
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  router.add({http::Method::get,
              "/v1/feed/hot",
              {"/feed/hot"},
              http::Policy::public_,
              [deps](const http::Request& request) { return hot(deps, request); }});
}

}  // namespace feedctl::hot
