#include "feed/routes.hpp"

#include "base/error.hpp"
#include "commands/answer.hpp"
#include "http/page_request.hpp"

namespace feedctl::feed {

namespace {

std::optional<events::Token> min_token(const Deps& deps, const http::Request& request) {
  const auto* asked = request.query_value("min_token");
  if (asked == nullptr) return std::nullopt;
  auto token = commands::read_token(deps.cursors, *asked);
  if (!token) {
    throw Error(ErrorCode::invalid_argument,
                "invalid min_token: send an X-Feed-Token of an earlier answer");
  }
  return token;
}

http::Response home(const Deps& deps, const http::Request& request) {
  const auto actor = deps.auth.require_actor(request, auth::named_actor(request));
  const http::PageRequest asked(request, deps.cursors, "feed:" + std::to_string(actor));
  const auto [page, snapshot] =
      deps.feed.read(actor, asked.before(), asked.limit(), min_token(deps, request));
  auto response = asked.answer(
      "posts", page.next, [&posts = page.posts](auto& out) { posts::append_array(out, posts); });
  const auto token = commands::issue_token(deps.cursors, {snapshot, std::nullopt});
  response.header("Cache-Control", "private, no-cache").header("X-Feed-Token", token);
  auto tag = sha256_hex(response.body).substr(0, 32);
  return http::conditional(request, std::move(response), std::move(tag));
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  router.add({http::Method::get,
              "/v1/feed",
              {"/feed"},
              http::Policy::user,
              [deps](const http::Request& request) { return home(deps, request); }});
}

}  // namespace feedctl::feed
