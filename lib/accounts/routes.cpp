#include "accounts/routes.hpp"

#include "accounts/login_cookie.hpp"
#include "accounts/login_request.hpp"
#include "accounts/responses.hpp"
#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "http/json_body.hpp"

namespace feedctl::accounts {

namespace {

using http::JsonBody;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;
using http::Scope;

std::string provider_in(const Request& request) {
  const auto* name = request.path_param("provider");
  return name == nullptr ? "" : *name;
}

std::string query_text(const Request& request, std::string_view name) {
  const auto* value = request.query_param(name);
  return value == nullptr ? "" : *value;
}

// The routes that end sessions ask for a token in mode `open`, too: a header names anybody.
const http::Identity& require_identity(const Request& request) {
  if (request.identity) return *request.identity;
  throw Error(ErrorCode::unauthenticated, "a token is required: send Authorization: Bearer");
}

Response list_providers(const Deps& deps, const Request&) {
  return providers_response(deps.accounts.providers());
}

Response start_login(const Deps& deps, const Request& request) {
  const auto target = parse_login_target(request);
  const auto started =
      deps.accounts.login().start(provider_in(request), target, login_cookie(request));
  return redirect_response(started.url)
      .header("Set-Cookie", set_login_cookie(started.cookie, login_lifetime));
}

Response finish_login(const Deps& deps, const Request& request) {
  Callback callback{query_text(request, "state"), query_text(request, "code"),
                    query_text(request, "error")};
  if (const auto* issuer = request.query_param("iss")) callback.iss = *issuer;
  const auto finished =
      deps.accounts.login().finish(provider_in(request), callback, login_cookie(request));
  if (finished.redirect) return redirect_response(*finished.redirect);
  return token_response(deps.accounts.sessions().open(finished.user_id, "direct", finished.scopes,
                                                      client_of(request)));
}

Response exchange_code(const Deps& deps, const Request& request) {
  const auto body = JsonBody::parse(request);
  const auto code = body.required_text("code"), verifier = body.required_text("code_verifier");
  const auto grant = deps.accounts.login().exchange(code, verifier, body.text("redirect_uri"));
  return token_response(deps.accounts.sessions().open(
      grant.user_id, grant.is_program ? "program" : "browser", grant.scopes, client_of(request)));
}

Response refresh(const Deps& deps, const Request& request) {
  const auto body = JsonBody::parse(request);
  return token_response(
      deps.accounts.sessions().refresh(body.required_text("refresh_token"), client_of(request)));
}

Response log_out(const Deps& deps, const Request& request) {
  const auto body = JsonBody::parse(request);
  auto& sessions = deps.accounts.sessions();
  if (const auto token = body.text("refresh_token")) {
    sessions.end_by_token(*token);
    return done_response();
  }
  const auto identity = deps.auth.identify(request);
  if (!identity || !identity->session_id) {
    throw Error(ErrorCode::invalid_argument,
                "refresh_token is required, or the access token of a session")
        .with_field("/refresh_token", "refresh_token is required");
  }
  sessions.end(identity->user_id, to_string(*identity->session_id));
  return done_response();
}

Response log_out_everywhere(const Deps& deps, const Request& request) {
  deps.accounts.sessions().end_all(require_identity(request).user_id);
  return done_response();
}

Response show_account(const Deps& deps, const Request& request) {
  const auto user = deps.auth.require_actor(request, auth::actor_in_request(request));
  return account_response(deps.accounts.users().get(user), deps.accounts.is_handle_proposed(user),
                          request.identity);
}

Response list_sessions(const Deps& deps, const Request& request) {
  const auto& identity = require_identity(request);
  return sessions_response(deps.accounts.sessions().list(identity.user_id), identity.session_id);
}

Response end_session(const Deps& deps, const Request& request) {
  const auto& identity = require_identity(request);
  const auto* id = request.path_param("id");
  if (id == nullptr || !parse_uuid(*id) || !deps.accounts.sessions().end(identity.user_id, *id))
    throw Error(ErrorCode::not_found, "you have no such session: GET /auth/sessions lists yours");
  return done_response();
}

}  // namespace

// Without a token all may use the public routes, so a token needs no more than it always has.
void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](Method method, const char* pattern, Policy policy,
                       Response (*handle)(const Deps&, const Request&),
                       http::RateClass rate_class = http::RateClass::automatic) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = policy,
                .scope = policy == Policy::public_ ? http::Scope::read : http::Scope::automatic,
                .handler = [deps, handle](const Request& request) { return handle(deps, request); },
                .rate_class = rate_class});
  };
  const auto add_by_body = [&](const char* pattern,
                               Response (*handle)(const Deps&, const Request&)) {
    router.add(
        {.method = Method::post,
         .pattern = pattern,
         .policy = Policy::public_,
         .scope = http::Scope::read,
         .ignores_authorization = true,
         .handler = [deps, handle](const Request& request) { return handle(deps, request); }});
  };
  // Nothing can be guessed there, and every page with a sign-in reads it.
  add(Method::get, "/auth/providers", Policy::public_, list_providers, http::RateClass::read);
  add(Method::get, "/auth/login/{provider}", Policy::public_, start_login);
  add(Method::get, "/auth/callback/{provider}", Policy::public_, finish_login);
  add_by_body("/auth/token", exchange_code);
  add_by_body("/auth/refresh", refresh);
  add_by_body("/auth/logout", log_out);
  add(Method::post, "/auth/logout-all", Policy::user, log_out_everywhere);
  add(Method::get, "/auth/me", Policy::user, show_account);
  add(Method::get, "/auth/sessions", Policy::user, list_sessions);
  add(Method::del, "/auth/sessions/{id}", Policy::user, end_session);
}

}  // namespace feedctl::accounts
