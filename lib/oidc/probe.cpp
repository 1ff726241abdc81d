#include "oidc/probe.hpp"

#include "base/error.hpp"
#include "http_client/failure.hpp"
#include "http_client/server_time.hpp"
#include "oidc/discovery.hpp"
#include "oidc/errors.hpp"
#include "oidc/http_options.hpp"
#include "oidc/json_answer.hpp"
#include "oidc/key_set.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::chrono::seconds call_limit{3};

http_client::Options probe_options(const config::OidcProvider& provider) {
  auto options = http_options(provider);
  options.deadline = call_limit;
  return options;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Runs `step`; its Error gets this hint.
template <typename Step>
auto with_hint(const std::string& hint, Step step) {
  try {
    return step();
  } catch (const Error& error) {
    throw Error(error).with_hint(hint);
  }
}

class Probe {
 public:
  Probe(const config::OidcProvider& provider, const Clock& clock)
      : provider_(provider),
        clock_(clock),
        http_(with_hint(key("ca_file") + ": FILE, readable to this user",
                        [&] { return http_client::Client(probe_options(provider)); })) {}

  ProbeResult run() {
    return provider_.kind == config::OidcKind::github ? probe_github() : probe_openid();
  }

 private:
  std::string key(const char* name) const { return "oidc." + provider_.name + "." + name; }

  // What a setting can do about an unreachable server.
  std::string hint_for(const Error& error, const std::string& url, const char* url_key) const {
    if (contains(error.detail(), http_client::private_address))
      return key("allow_private_addresses") + ": true";
    if (contains(error.detail(), http_client::untrusted_certificate))
      return key("ca_file") + ": FILE, with the certificate that signed the server's";
    return "curl -v " + url + "; let this machine reach it, or correct " + key(url_key);
  }

  http_client::Response get(const std::string& url, const char* url_key) const {
    try {
      return http_.get(url, {{"Accept", "application/json"}});
    } catch (const Error& error) {
      throw Error(error).with_hint(hint_for(error, url, url_key));
    }
  }

  std::optional<std::chrono::seconds> offset_of(const http_client::Response& response) const {
    const auto theirs = http_client::server_time(response);
    if (!theirs) return std::nullopt;
    return std::chrono::round<std::chrono::seconds>(*theirs - clock_());
  }

  // The fix can be named where the document has an issuer that may be configured.
  void check_issuer(const json::Value& document) const {
    const auto issuer = text_member(document, "issuer");
    if (issuer == provider_.issuer) return;
    const bool is_url = is_endpoint_allowed(issuer, names_this_machine(provider_.issuer));
    throw Error(ErrorCode::unavailable, "the provider's issuer is not " + key("issuer"))
        .with_detail(is_url ? "it is " + issuer : "it is no https URL")
        .with_hint(key("issuer") + ": " + (is_url ? issuer : "URL, as the provider names it"));
  }

  Discovery check_discovery(const http_client::Response& response, const std::string& url) const {
    const auto look = "curl -sS " + url + "; then correct " + key("issuer");
    const auto document =
        with_hint(look, [&] { return parse_answer(provider_.name, "discovery", response); });
    check_issuer(document);
    return with_hint("see the endpoints in " + url + "; the provider must name them with https",
                     [&] { return parse_discovery(provider_.name, provider_.issuer, document); });
  }

  std::size_t check_keys(const std::string& url) const {
    const auto response = get(url, "issuer");
    return with_hint("let the provider sign ID tokens with RS256 or ES256; curl -sS " + url, [&] {
      const auto keys = KeySet::from_json(parse_answer(provider_.name, "keys", response));
      if (!keys) throw invalid_answer(provider_.name, "keys: not a key set");
      if (keys->size() == 0) throw invalid_answer(provider_.name, "keys: none that is usable");
      return keys->size();
    });
  }

  ProbeResult probe_openid() const {
    const auto url = discovery_url(provider_.issuer);
    const auto response = get(url, "issuer");
    const auto offset = offset_of(response);
    const auto keys = check_keys(check_discovery(response, url).jwks_uri);
    return {provider_.issuer + " answers, with " + std::to_string(keys) +
                (keys == 1 ? " key" : " keys"),
            offset};
  }

  // A request without a token gets 401, or 403 or 429 where this address has asked often.
  ProbeResult probe_github() const {
    const auto url = provider_.api_url + "/user";
    const auto response = get(url, "api_url");
    const int status = response.status;
    if (status != 401 && status != 403 && status != 429) {
      throw invalid_answer(provider_.name, "user: status " + std::to_string(status) +
                                               " to a request without a token")
          .with_hint("curl -sS " + url + "; then correct " + key("api_url"));
    }
    return {provider_.api_url + " answers", offset_of(response)};
  }

  const config::OidcProvider& provider_;
  const Clock& clock_;
  const http_client::Client http_;
};

}  // namespace

ProbeResult probe(const config::OidcProvider& provider, const Clock& clock) {
  return Probe(provider, clock).run();
}

}  // namespace feedctl::oidc
