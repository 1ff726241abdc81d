#include "accounts/login.hpp"

#include <algorithm>

#include "accounts/first_login.hpp"
#include "accounts/redirect_target.hpp"
#include "accounts/secret_digest.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "oidc/pkce.hpp"

namespace feedctl::accounts {

namespace {

void count_login(const char* outcome) {
  metrics::counter("feedctl_logins_total", "Sign-ins at a provider, by outcome",
                   {{"outcome", outcome}})
      .add();
}

// One text for all, so that a stranger learns nothing; the log knows the reason.
Error unknown_login(const char* reason) {
  return Error(ErrorCode::invalid_argument,
               "this browser has no such sign-in, or it was finished or took too long: start it "
               "again, with cookies allowed")
      .with_detail(reason);
}

Error unknown_code(const char* reason) {
  return Error(ErrorCode::invalid_argument,
               "the code is not valid, was used or is too old: sign in again")
      .with_detail(reason);
}

// An error code of RFC 6749; a client gets nothing else from the provider's text.
std::string error_code(const std::string& text) {
  const bool is_code = !text.empty() && text.size() <= 40 &&
                       std::all_of(text.begin(), text.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_code ? text : "server_error";
}

std::string client_url(const LoginTarget& target, const char* name, const std::string& value) {
  auto url = with_query(target.client_redirect.value(), name, value);
  return target.client_state ? with_query(std::move(url), "state", *target.client_state) : url;
}

std::string success_url(const LoginTarget& target, const std::string& code) {
  if (target.client_redirect) return client_url(target, "code", code);
  return target.return_to.value() + "#login_code=" + code;
}

std::string failure_url(const LoginTarget& target, const std::string& error) {
  if (target.client_redirect) return client_url(target, "error", error);
  return target.return_to.value() + "#login_error=" + error;
}

// What a client hears of a failure that is not about its own request (RFC 6749, 4.1.2.1); else "".
std::string error_for_client(const Error& error) {
  if (error.code() == ErrorCode::permission_denied) return "access_denied";
  return error.code() == ErrorCode::unavailable ? "temporarily_unavailable" : "";
}

bool has_redirect(const LoginTarget& target) {
  return target.client_redirect || target.return_to;
}

}  // namespace

oidc::Provider& Login::find_provider(const std::string& name) const {
  if (auto* provider = providers_.find(name)) return *provider;
  throw Error(ErrorCode::not_found, "there is no such provider: GET /auth/providers lists them");
}

Login::Started Login::start(const std::string& provider, const LoginTarget& target,
                            const std::optional<std::string>& known_cookie) {
  auto& chosen = find_provider(provider);
  const auto cookie = known_cookie ? *known_cookie : make_secret();
  LoginAttempt attempt;
  attempt.state = make_secret();
  attempt.cookie_digest = digest(cookie);
  attempt.provider = chosen.name();
  attempt.nonce = make_secret();
  attempt.code_verifier = oidc::make_code_verifier();
  attempt.target = target;
  attempt.created_at = options_.clock();
  const auto request =
      chosen.begin({attempt.state, attempt.nonce, oidc::code_challenge(attempt.code_verifier),
                    providers_.redirect_uri(chosen.name())});
  store_login(database_, attempt);
  return {request.url, cookie};
}

// The attempt is over whether the rest fits or not.
LoginAttempt Login::take_attempt(const std::string& provider, const Callback& callback,
                                 const std::optional<std::string>& cookie) {
  if (!is_secret(callback.state)) throw unknown_login("no state");
  auto attempt = take_login(database_, callback.state);
  if (!attempt) throw unknown_login("unknown state");
  if (attempt->provider != provider) throw unknown_login("another provider");
  if (attempt->created_at + login_lifetime <= options_.clock()) throw unknown_login("too old");
  if (!cookie || !is_same_digest(digest(*cookie), attempt->cookie_digest))
    throw unknown_login("another browser's cookie");
  return *std::move(attempt);
}

Id Login::sign_in(const std::string& provider, const LoginAttempt& attempt,
                  const Callback& callback) {
  const auto profile = find_provider(provider).finish(
      {callback.code, callback.iss, callback.error},
      {attempt.nonce, attempt.code_verifier, providers_.redirect_uri(provider)});
  const auto user = find_or_create_user(database_, provider, profile, options_.clock());
  count_login(user.is_new ? "first" : "known");
  log::info("a user signed in",
            {{"user", user.user_id}, {"provider", provider}, {"is_new", user.is_new}});
  return user.user_id;
}

Login::Finished Login::finish(const std::string& provider, const Callback& callback,
                              const std::optional<std::string>& cookie) {
  find_provider(provider);
  const auto attempt = take_attempt(provider, callback, cookie);
  const auto& target = attempt.target;
  if (!callback.error.empty()) {
    count_login("refused");
    const auto error = error_code(callback.error);
    if (has_redirect(target)) return {failure_url(target, error)};
    throw Error(ErrorCode::invalid_argument, "the provider refused the sign-in: " + error);
  }
  if (callback.code.empty()) throw unknown_login("no code");
  try {
    return complete(provider, attempt, callback);
  } catch (const Error& error) {
    // A program waits for its redirect.
    const auto told = has_redirect(target) ? error_for_client(error) : "";
    if (told.empty()) throw;
    log::warning("a sign-in failed",
                 {{"provider", provider}, {"error", error.what()}, {"detail", error.detail()}});
    return {failure_url(target, told)};
  }
}

Login::Finished Login::complete(const std::string& provider, const LoginAttempt& attempt,
                                const Callback& callback) {
  const auto& target = attempt.target;
  const auto user = sign_in(provider, attempt, callback);
  if (!has_redirect(target)) return {std::nullopt, user, target.scopes};
  const auto code = make_secret();
  store_code(database_, code,
             {user, target.client_redirect, target.client_challenge.value_or(""), target.scopes,
              options_.clock()});
  return {success_url(target, code), user, target.scopes};
}

// A code is used up even where the rest does not fit: nobody may try verifiers.
Login::Grant Login::exchange(const std::string& code, const std::string& code_verifier,
                             const std::optional<std::string>& redirect_uri) {
  if (!is_secret(code)) throw unknown_code("no code");
  const auto granted = take_code(database_, code);
  if (!granted) throw unknown_code("unknown");
  if (granted->created_at + code_lifetime <= options_.clock()) throw unknown_code("too old");
  if (granted->client_redirect != redirect_uri) throw unknown_code("another redirect_uri");
  if (!oidc::is_code_verifier(code_verifier) ||
      oidc::code_challenge(code_verifier) != granted->client_challenge)
    throw unknown_code("the verifier does not fit the challenge");
  return {granted->user_id, granted->scopes, granted->client_redirect.has_value()};
}

}  // namespace feedctl::accounts
