#include "oidc/openid_provider.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "oidc/cached_document.hpp"
#include "oidc/call_limiter.hpp"
#include "oidc/discovery.hpp"
#include "oidc/errors.hpp"
#include "oidc/id_token.hpp"
#include "oidc/json_answer.hpp"
#include "oidc/key_set.hpp"
#include "oidc/lifetime.hpp"
#include "oidc/provider_client.hpp"
#include "oidc/token_request.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::chrono::hours discovery_lifetime{1};
constexpr int max_calls = 8;

std::string scope_of(const config::OidcProvider& config) {
  return config.scopes.empty() ? "openid profile email" : join(config.scopes, " ");
}

}  // namespace

class OpenIdProvider::Impl {
 public:
  Impl(const config::OidcProvider& config, Clock clock)
      : config_(config),
        display_name_(config.display_name.empty() ? config.name : config.display_name),
        client_{config.name, config.client_id, config.client_secret},
        clock_(clock),
        http_(config),
        discovery_(
            config.name + " discovery", [this] { return fetch_discovery(); }, clock),
        keys_(
            config.name + " keys", [this] { return fetch_keys(); }, clock) {}

  const std::string& name() const { return config_.name; }
  const std::string& display_name() const { return display_name_; }

  AuthorizationRequest begin(const BeginParameters& parameters) {
    const auto slot = limiter_.enter(display_name_);
    return {with_query(discovery_.get()->authorization_endpoint,
                       {{"response_type", "code"},
                        {"client_id", client_.id},
                        {"redirect_uri", parameters.redirect_uri},
                        {"scope", scope_of(config_)},
                        {"state", parameters.state},
                        {"nonce", parameters.nonce},
                        {"code_challenge", parameters.code_challenge},
                        {"code_challenge_method", "S256"}})};
  }

  Profile finish(const CallbackParameters& callback, const Expected& expected) {
    const auto slot = limiter_.enter(display_name_);
    const auto discovery = discovery_.get();
    check_issuer(callback, *discovery);
    const auto answer = exchange_code(http_, client_,
                                      {.endpoint = discovery->token_endpoint,
                                       .authentication = discovery->authentication,
                                       .code = code_of(callback),
                                       .code_verifier = expected.code_verifier,
                                       .redirect_uri = expected.redirect_uri});
    const auto token = text_member(answer, "id_token");
    if (token.empty()) throw invalid_answer(name(), "token endpoint: no id_token");
    const auto claims = verify_id_token(token, expected.nonce);
    return with_user_info(to_profile(config_.issuer, claims), *discovery, answer);
  }

 private:
  // RFC 9207: an answer of another provider is not taken for this one's.
  void check_issuer(const CallbackParameters& callback, const Discovery& discovery) const {
    if (!callback.iss && discovery.sends_issuer) throw invalid_sign_in("the callback has no iss");
    if (callback.iss && *callback.iss != config_.issuer)
      throw invalid_sign_in("the callback has another iss");
  }

  static bool is_signed(const std::string& token, const ParsedIdToken& parsed, const KeySet& keys) {
    const auto candidates = keys.candidates(parsed.kid);
    return std::any_of(candidates.begin(), candidates.end(), [&](const VerificationKey* key) {
      return key->algorithm() == parsed.algorithm && key->verify(token);
    });
  }

  // A provider without kids changes its key under the same name, so any token that no key has
  // signed is a reason to look for new keys.
  json::Value verify_id_token(const std::string& token, const std::string& nonce) {
    const auto parsed = parse_id_token(token);
    if (!is_signed(token, parsed, *keys_.get()) && !is_signed(token, parsed, *keys_.refetch()))
      throw invalid_sign_in("id_token: unknown key, or signature");
    return validate_id_token(
        parsed.payload,
        {.issuer = config_.issuer, .client_id = client_.id, .nonce = nonce, .now = clock_()});
  }

  // Some providers give the names of people only at the userinfo endpoint. They are suggestions, so
  // a sign-in does without them where it fails.
  Profile with_user_info(Profile profile, const Discovery& discovery, const json::Value& answer) {
    const bool is_named =
        !profile.preferred_username.empty() || !profile.name.empty() || !profile.email.empty();
    const auto token = text_member(answer, "access_token");
    if (is_named || token.empty() || discovery.userinfo_endpoint.empty()) return profile;
    try {
      return fetch_user_info(profile, discovery.userinfo_endpoint, token);
    } catch (const Error& error) {
      log::warning("no user info from a provider",
                   {{"provider", name()}, {"error", error.what()}, {"detail", error.detail()}});
      return profile;
    }
  }

  Profile fetch_user_info(const Profile& profile, const std::string& endpoint,
                          const std::string& token) {
    const auto response =
        http_.get(Call::userinfo, endpoint,
                  {{"Accept", "application/json"}, {"Authorization", "Bearer " + token}});
    auto found = to_profile(config_.issuer, parse_answer(name(), "userinfo", response));
    if (found.subject != profile.subject)
      throw invalid_answer(name(), "userinfo: another subject than the id_token's");
    return found;
  }

  CachedDocument<Discovery>::Fetched fetch_discovery() {
    const auto response =
        http_.get(Call::discovery, discovery_url(config_.issuer), {{"Accept", "application/json"}});
    const auto document = parse_answer(name(), "discovery", response);
    return {std::make_shared<Discovery>(parse_discovery(name(), config_.issuer, document)),
            discovery_lifetime};
  }

  CachedDocument<KeySet>::Fetched fetch_keys() {
    const auto response =
        http_.get(Call::jwks, discovery_.get()->jwks_uri, {{"Accept", "application/json"}});
    auto keys = KeySet::from_json(parse_answer(name(), "keys", response));
    if (!keys) throw invalid_answer(name(), "keys: not a key set");
    return {std::make_shared<KeySet>(std::move(*keys)), lifetime_of(response)};
  }

  const config::OidcProvider config_;
  const std::string display_name_;
  const OAuthClient client_;
  const Clock clock_;
  const ProviderClient http_;
  CallLimiter limiter_{max_calls};
  CachedDocument<Discovery> discovery_;
  CachedDocument<KeySet> keys_;
};

OpenIdProvider::OpenIdProvider(const config::OidcProvider& config, Clock clock)
    : impl_(std::make_unique<Impl>(config, std::move(clock))) {}
OpenIdProvider::~OpenIdProvider() = default;

const std::string& OpenIdProvider::name() const {
  return impl_->name();
}
const std::string& OpenIdProvider::display_name() const {
  return impl_->display_name();
}
AuthorizationRequest OpenIdProvider::begin(const BeginParameters& parameters) {
  return impl_->begin(parameters);
}
Profile OpenIdProvider::finish(const CallbackParameters& callback, const Expected& expected) {
  return impl_->finish(callback, expected);
}

}  // namespace feedctl::oidc
