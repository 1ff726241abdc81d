#include "hot/routes.hpp"

#include "http/page_request.hpp"

namespace feedctl::hot {
namespace {

constexpr int default_limit = 50;
constexpr int max_limit = 1000;

http::Response hot(const Deps& deps, const http::Request& request) {
  const int limit = request.limit(default_limit, max_limit);
  std::optional<std::string> cursor;
  if (const auto* text = request.query_value("cursor")) cursor = *text;
  const auto actor = deps.auth.actor(request, auth::named_actor(request));
  const auto page = deps.feed.page(limit, cursor, actor, request.deadline);

  std::string body;
  json::Writer writer(body);
  writer.open_object().key("posts").open_array();
  for (const auto& [post, score] : page.posts) {
    writer.open_object();
    posts::append_members(writer, post);
    writer.integer("score", score).close_object();
  }
  writer.close_array().text("as_of", rfc3339(page.as_of));
  if (page.next_cursor)
    writer.text("next_cursor", *page.next_cursor);
  else
    writer.null("next_cursor");
  writer.close_object();
  auto response = http::json_response(200, std::move(body));
  if (page.next_cursor) response.header("Link", http::next_link(request, limit, *page.next_cursor));
  return response;
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
