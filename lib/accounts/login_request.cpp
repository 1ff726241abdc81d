#include "accounts/login_request.hpp"

#include <algorithm>

#include "accounts/redirect_target.hpp"
#include "base/error.hpp"
#include "oidc/pkce.hpp"

namespace feedctl::accounts {

namespace {

constexpr std::size_t max_client_state_size = 512;

std::optional<std::string> parameter(const http::Request& request, std::string_view name) {
  const auto* value = request.query_param(name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

Error refuse(const std::string& why) {
  return Error(ErrorCode::invalid_argument, why);
}

// Every token can read: without any scope that its role allows it would be of no use.
http::Scopes parse_scope_parameter(const std::string& text) {
  auto scopes = http::parse_scopes(text);
  if (!scopes) throw refuse("scope must be a list of read, write and admin, such as: read write");
  return scopes->add(http::Scope::read);
}

void check_challenge(const http::Request& request, const LoginTarget& target) {
  if (!target.client_challenge || !oidc::is_code_challenge(*target.client_challenge))
    throw refuse("code_challenge is required: base64url(SHA-256(code_verifier))");
  const auto method = parameter(request, "code_challenge_method");
  if (method && *method != "S256") throw refuse("code_challenge_method must be S256");
}

void check_client_state(const std::optional<std::string>& state) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!state || state->empty() || state->size() > max_client_state_size ||
      !std::all_of(state->begin(), state->end(), is_visible))
    throw refuse("state is required: 1 to 512 visible ASCII characters");
}

}  // namespace

LoginTarget parse_login_target(const http::Request& request) {
  LoginTarget target;
  target.return_to = parameter(request, "return_to");
  target.client_redirect = parameter(request, "redirect_uri");
  target.client_challenge = parameter(request, "code_challenge");
  if (const auto scope = parameter(request, "scope")) target.scopes = parse_scope_parameter(*scope);
  if (target.return_to && target.client_redirect)
    throw refuse("give return_to or redirect_uri, not both");
  if (target.return_to) check_return_to(*target.return_to);
  if (target.client_redirect) {
    check_client_redirect(*target.client_redirect);
    target.client_state = parameter(request, "state");
    check_client_state(target.client_state);
  }
  if (target.return_to || target.client_redirect)
    check_challenge(request, target);
  else if (target.client_challenge)
    throw refuse("code_challenge needs return_to or redirect_uri");
  return target;
}

}  // namespace feedctl::accounts
