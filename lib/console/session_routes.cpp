#include "console/session_routes.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "console/same_origin.hpp"
#include "console/session_cookie.hpp"
#include "http/json_body.hpp"
#include "http/problem.hpp"

namespace feedctl::console {

namespace {

using accounts::Tokens;
using http::Method;
using http::Request;
using http::Response;

bool may_use_console(const users::User& user) {
  return user.role == users::Role::editor || user.role == users::Role::admin;
}

Error no_role() {
  return Error(ErrorCode::permission_denied,
               "this account is neither an editor's nor an administrator's: an administrator can "
               "give it a role");
}

void append_user(json::Writer& writer, const users::User& user) {
  writer.key("user").open_object().integer("id", user.id).text("handle", user.handle);
  writer.text("name", user.name).text("role", users::to_string(user.role)).close_object();
}

Response token_response(const SessionDeps& deps, const Tokens& tokens) {
  const auto token = accounts::RefreshToken::parse(tokens.refresh_token.reveal());
  if (!token) throw Error(ErrorCode::internal, "a session without a refresh token");
  std::string body;
  json::Writer writer(body);
  writer.open_object().text("access_token", tokens.access_token.reveal());
  writer.integer("expires_in", tokens.expires_in.count());
  append_user(writer, tokens.user);
  writer.text("csrf_token", deps.csrf_tokens->make(token->session_id())).close_object();
  return http::json_response(200, std::move(body))
      .header("Set-Cookie", set_session_cookie(tokens.refresh_token, tokens.refresh_expires_in));
}

Response signed_out_response(const SessionDeps& deps) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().boolean("signed_in", false);
  accounts::append_providers(writer.key("providers"), deps.accounts.providers());
  writer.close_object();
  return http::json_response(200, std::move(body));
}

// An error by which the browser forgets a session that is of no use any more.
Response forget_session(const Request& request, const Error& error) {
  return http::problem(error, request.request_id).header("Set-Cookie", clear_session_cookie());
}

void require_csrf_token(const SessionDeps& deps, const Request& request,
                        const SessionCookie& cookie) {
  const auto* token = request.header("x-csrf-token");
  if (token == nullptr || !deps.csrf_tokens->is_valid(*token, cookie.session_id)) {
    throw Error(ErrorCode::permission_denied,
                "X-CSRF-Token is missing or of another session: GET /admin/session has it");
  }
}

// Of a browser that loses its cookie: a session must not stay open without one.
void end_session_of(const SessionDeps& deps, const SessionCookie& cookie) {
  try {
    deps.accounts.sessions().end_by_token(cookie.refresh_token.reveal());
  } catch (const Error& error) {
    log::warning("the session of a console stays open",
                 {{"session", cookie.session_id}, {"error", error.what()}});
  }
}

Response show_session(const SessionDeps& deps, const Request& request) {
  const auto cookie = session_cookie(request);
  if (!cookie) return signed_out_response(deps);
  const auto user = deps.accounts.sessions().find_user(cookie->refresh_token.reveal());
  if (!user) return signed_out_response(deps);
  if (!may_use_console(*user)) {
    end_session_of(deps, *cookie);
    return signed_out_response(deps).header("Set-Cookie", clear_session_cookie());
  }
  std::string body;
  json::Writer writer(body);
  writer.open_object().boolean("signed_in", true);
  append_user(writer, *user);
  writer.text("csrf_token", deps.csrf_tokens->make(cookie->session_id)).close_object();
  return http::json_response(200, std::move(body));
}

// The scopes are the console's, whatever the sign-in asked for: it is part of this server.
Response sign_in(const SessionDeps& deps, const Request& request) {
  const auto body = http::JsonBody::parse(request);
  const auto code = body.required_text("code"), verifier = body.required_text("code_verifier");
  const auto grant = deps.accounts.login().exchange(code, verifier, {});
  if (!may_use_console(deps.accounts.users().get(grant.user_id))) throw no_role();
  const auto tokens = deps.accounts.sessions().open(grant.user_id, "browser", http::Scopes::all(),
                                                    accounts::client_of(request));
  if (const auto earlier = session_cookie(request)) end_session_of(deps, *earlier);
  return token_response(deps, tokens);
}

Response refresh(const SessionDeps& deps, const Request& request) {
  const auto cookie = session_cookie(request);
  if (!cookie) throw Error(ErrorCode::unauthenticated, "this browser is not signed in: sign in");
  require_csrf_token(deps, request, *cookie);
  try {
    const auto tokens = deps.accounts.sessions().refresh(cookie->refresh_token.reveal(),
                                                         accounts::client_of(request));
    if (may_use_console(tokens.user)) return token_response(deps, tokens);
    deps.accounts.sessions().end_by_token(tokens.refresh_token.reveal());
    return forget_session(request, no_role());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unauthenticated &&
        error.code() != ErrorCode::permission_denied) {
      throw;  // the session goes on
    }
    return forget_session(request, error);
  }
}

Response sign_out(const SessionDeps& deps, const Request& request) {
  if (const auto cookie = session_cookie(request)) {
    require_csrf_token(deps, request, *cookie);
    deps.accounts.sessions().end_by_token(cookie->refresh_token.reveal());
  }
  return http::no_content().header("Set-Cookie", clear_session_cookie());
}

}  // namespace

// Scope::admin keeps their answers, which hold secrets, from being compressed.
void add_session_routes(http::Router& router, const SessionDeps& deps) {
  const auto add = [&](Method method, const char* pattern,
                       Response (*handle)(const SessionDeps&, const Request&),
                       http::RateClass rate_class) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .scope = http::Scope::admin,
                .ignores_authorization = true,
                .handler =
                    [deps, handle](const Request& request) {
                      require_same_origin(request, deps.public_url);
                      return handle(deps, request);
                    },
                .rate_class = rate_class});
  };
  add(Method::get, "/admin/session", show_session, http::RateClass::read);
  add(Method::post, "/admin/session", sign_in, http::RateClass::login);
  add(Method::post, "/admin/session/refresh", refresh, http::RateClass::login);
  add(Method::del, "/admin/session", sign_out, http::RateClass::write);
}

}  // namespace feedctl::console
