#include "oidc/discovery.hpp"

#include <algorithm>

#include "oidc/errors.hpp"
#include "oidc/json_answer.hpp"

namespace feedctl::oidc {

namespace {

class Reader {
 public:
  Reader(const std::string& provider, const std::string& issuer, const json::Value& document)
      : provider_(provider), document_(document), may_be_local_(names_this_machine(issuer)) {}

  std::string endpoint(const char* name) const {
    auto url = text_member(document_, name);
    if (!is_endpoint_allowed(url, may_be_local_))
      throw invalid_answer(provider_, std::string("discovery: ") + name + " is no https URL");
    return url;
  }
  std::string optional_endpoint(const char* name) const {
    return document_.find(name) == nullptr ? "" : endpoint(name);
  }

  // Whether the list is there and has `value`.
  bool lists(const char* name, std::string_view value) const {
    const auto* list = document_.find(name);
    if (list == nullptr || list->array() == nullptr) return false;
    return std::any_of(list->array()->begin(), list->array()->end(), [&](const json::Value& entry) {
      return entry.text() != nullptr && *entry.text() == value;
    });
  }

  bool is_true(const char* name) const {
    const auto* value = document_.find(name);
    return value != nullptr && value->boolean() != nullptr && *value->boolean();
  }

 private:
  const std::string& provider_;
  const json::Value& document_;
  const bool may_be_local_;
};

}  // namespace

std::string discovery_url(const std::string& issuer) {
  auto base = issuer;
  if (!base.empty() && base.back() == '/') base.pop_back();
  return base + "/.well-known/openid-configuration";
}

Discovery parse_discovery(const std::string& provider, const std::string& issuer,
                          const json::Value& document) {
  if (text_member(document, "issuer") != issuer)
    throw invalid_answer(provider, "discovery: the issuer is not the configured one");
  const Reader reader(provider, issuer, document);
  constexpr const char* methods = "token_endpoint_auth_methods_supported";
  const bool only_post =
      reader.lists(methods, "client_secret_post") && !reader.lists(methods, "client_secret_basic");
  return {.authorization_endpoint = reader.endpoint("authorization_endpoint"),
          .token_endpoint = reader.endpoint("token_endpoint"),
          .jwks_uri = reader.endpoint("jwks_uri"),
          .userinfo_endpoint = reader.optional_endpoint("userinfo_endpoint"),
          .authentication = only_post ? ClientAuthentication::post : ClientAuthentication::basic,
          .sends_issuer = reader.is_true("authorization_response_iss_parameter_supported")};
}

bool is_endpoint_allowed(const std::string& url, bool may_be_local) {
  try {
    const auto parsed = parse_http_url(url);
    return parsed.is_https || (may_be_local && parsed.names_this_machine());
  } catch (const UrlError&) {
    return false;
  }
}

bool names_this_machine(const std::string& url) {
  try {
    return parse_http_url(url).names_this_machine();
  } catch (const UrlError&) {
    return false;
  }
}

}  // namespace feedctl::oidc
