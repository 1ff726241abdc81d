#include "dev_openid/authorization_request.hpp"

#include <algorithm>

#include "base/display_text.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "base/utf8.hpp"

namespace feedctl::dev_openid {

namespace {

constexpr std::size_t challenge_size = 43;  // SHA-256 in base64url
constexpr std::size_t max_name_size = 64;

bool is_challenge(const std::string& text) {
  return text.size() == challenge_size && from_base64url(text).has_value();
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// "Ada Lovelace" -> "ada_lovelace"; a name without Latin letters gets one of its digest.
std::string username_of(const std::string& name) {
  std::string username;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_alphanumeric(c))
      username += c;
    else if (!username.empty() && username.back() != '_')
      username += '_';
  }
  while (!username.empty() && username.back() == '_') username.pop_back();
  return username.empty() ? "person_" + sha256_hex(name).substr(0, 8) : username;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Person with_email(Person person) {
  if (person.email.empty()) person.email = person.username + "@example.test";
  return person;
}

}  // namespace

bool AuthorizationRequest::has_scope(std::string_view name) const {
  for (std::string_view rest = scope; !rest.empty();) {
    if (next_field(rest, ' ') == name) return true;
  }
  return false;
}

AuthorizationRequest parse_authorization_request(const Form& form, const Options& options) {
  AuthorizationRequest request{
      form.get("client_id"), form.get("redirect_uri"),   form.get("scope"),     form.get("state"),
      form.get("nonce"),     form.get("code_challenge"), form.get("login_hint")};
  if (request.client_id != options.client_id) {
    throw Error(ErrorCode::invalid_argument, "this provider does not know the client_id");
  }
  const auto& known = options.redirect_uris;
  if (std::find(known.begin(), known.end(), request.redirect_uri) == known.end()) {
    throw Error(ErrorCode::invalid_argument, "the redirect_uri is not registered for this client");
  }
  return request;
}

std::optional<AuthorizationError> find_error(const AuthorizationRequest& request,
                                             const Form& form) {
  if (form.has("request")) return AuthorizationError{"request_not_supported", ""};
  if (form.has("request_uri")) return AuthorizationError{"request_uri_not_supported", ""};
  if (form.get("response_type") != "code") {
    return AuthorizationError{"unsupported_response_type", "only response_type=code is offered"};
  }
  if (form.has("response_mode") && form.get("response_mode") != "query") {
    return AuthorizationError{"invalid_request", "only response_mode=query is offered"};
  }
  if (!request.has_scope("openid")) {
    return AuthorizationError{"invalid_scope", "the scope lacks openid"};
  }
  if (form.get("code_challenge_method") != "S256" || !is_challenge(request.code_challenge)) {
    return AuthorizationError{"invalid_request", "PKCE with code_challenge_method=S256 is needed"};
  }
  if (form.get("prompt") == "none") {
    return AuthorizationError{"login_required", "this provider keeps no sessions"};
  }
  return std::nullopt;
}

std::string redirect_url(const AuthorizationRequest& request, const std::string& issuer,
                         const std::vector<std::pair<std::string, std::string>>& parameters) {
  auto url = request.redirect_uri;
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    url += separator + std::string(name) + '=' + percent_encode(value);
    separator = '&';
  };
  for (const auto& [name, value] : parameters) add(name, value);
  add("state", request.state);
  add("iss", issuer);
  return url;
}

Person find_or_make_person(const std::string& text, const std::vector<Person>& people) {
  const auto name = trimmed(text);
  if (name.empty() || name.size() > max_name_size || validate_name(name, max_name_size) ||
      is_blank(name)) {
    throw Error(ErrorCode::invalid_argument, "type a name of 1 to 64 characters");
  }
  const auto username = username_of(name);
  for (const auto& person : people) {
    if (person.username == name || person.username == username) return with_email(person);
  }
  return with_email({username, name, ""});
}

}  // namespace feedctl::dev_openid
