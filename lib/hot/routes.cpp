#include "hot/routes.hpp"

#include <memory>

#include "auth/credentials.hpp"
#include "hot/page_json.hpp"
#include "hot/response_cache.hpp"
#include "http/pagination.hpp"

namespace feedctl::hot {
namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 1000;

http::Response first_page_response(const Deps& deps, const http::Request& request, int limit) {
  const auto page = deps.feed.get_first_page(limit, request.deadline);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now() - page->made_at);
  auto response = make_response(*page, request, limit, age);
  return page->is_stale ? response : http::with_etag(request, std::move(response), page->etag);
}

http::Response hot_feed_response(const Deps& deps, const http::Request& request) {
  const int limit = request.limit(default_limit, max_limit);
  std::optional<std::string> cursor;
  if (const auto* text = request.query_param("cursor")) cursor = *text;
  const auto actor = deps.auth.actor(request, auth::actor_in_request(request));
  if (!actor && !cursor) return first_page_response(deps, request, limit);
  const auto page = deps.feed.get_page(limit, cursor, actor, request.deadline);
  auto response = http::json_response(200, to_json(page));
  if (page.next_cursor) response.header("Link", http::next_link(request, limit, *page.next_cursor));
  return response;
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto pages = std::make_shared<ResponseCache>(deps.feed, default_limit, max_limit);
  router.add(
      {.method = http::Method::get,
       .pattern = "/v1/feed/hot",
       .aliases = {"/feed/hot"},
       .policy = http::Policy::public_,
       .handler = [deps](const http::Request& request) { return hot_feed_response(deps, request); },
       .inline_handler =
           [pages](const http::FastRequestHead& head) { return pages->try_respond(head); }});
}

}  // namespace feedctl::hot
