#include "hot/routes.hpp"

#include <memory>

#include "hot/edge_pages.hpp"
#include "hot/json.hpp"
#include "http/page_request.hpp"

namespace feedctl::hot {
namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 1000;

http::Response first_page(const Deps& deps, const http::Request& request, int limit) {
  const auto page = deps.feed.first_page(limit, request.deadline);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now() - page->made_at);
  auto response = response_of(*page, request, limit, age);
  return page->stale ? response : http::conditional(request, std::move(response), page->etag);
}

http::Response hot(const Deps& deps, const http::Request& request) {
  const int limit = request.limit(default_limit, max_limit);
  std::optional<std::string> cursor;
  if (const auto* text = request.query_value("cursor")) cursor = *text;
  const auto actor = deps.auth.actor(request, auth::named_actor(request));
  if (!actor && !cursor) return first_page(deps, request, limit);
  const auto page = deps.feed.page(limit, cursor, actor, request.deadline);
  auto response = http::json_response(200, to_json(page));
  if (page.next_cursor) response.header("Link", http::next_link(request, limit, *page.next_cursor));
  return response;
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto pages = std::make_shared<EdgePages>(deps.feed, default_limit, max_limit);
  router.add({http::Method::get,
              "/v1/feed/hot",
              {"/feed/hot"},
              http::Policy::public_,
              [deps](const http::Request& request) { return hot(deps, request); },
              http::Load::automatic,
              false,
              [pages](const http::Glance& glance) { return pages->answer(glance); }});
}

}  // namespace feedctl::hot
