#include "oidc/github_provider.hpp"

#include "base/ascii.hpp"
#include "base/http_url.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "oidc/call_limiter.hpp"
#include "oidc/errors.hpp"
#include "oidc/github_profile.hpp"
#include "oidc/json_answer.hpp"
#include "oidc/provider_client.hpp"
#include "oidc/token_request.hpp"

namespace feedctl::oidc {

namespace {

constexpr int max_calls = 8;

std::string scope_of(const config::OidcProvider& config) {
  return config.scopes.empty() ? "read:user user:email" : join(config.scopes, " ");
}

std::string origin_of(const std::string& url) {
  try {
    return parse_http_url(url).origin();
  } catch (const UrlError& error) {
    throw Error(ErrorCode::config, std::string("authorize_url ") + error.what());
  }
}

}  // namespace

class GithubProvider::Impl {
 public:
  explicit Impl(const config::OidcProvider& config)
      : config_(config),
        display_name_(config.display_name.empty() ? config.name : config.display_name),
        issuer_(origin_of(config.authorize_url)),
        client_{config.name, config.client_id, config.client_secret},
        http_(config) {}

  const std::string& name() const { return config_.name; }
  const std::string& display_name() const { return display_name_; }

  AuthorizationRequest begin(const BeginParameters& parameters) const {
    return {with_query(config_.authorize_url, {{"response_type", "code"},
                                               {"client_id", client_.id},
                                               {"redirect_uri", parameters.redirect_uri},
                                               {"scope", scope_of(config_)},
                                               {"state", parameters.state},
                                               {"code_challenge", parameters.code_challenge},
                                               {"code_challenge_method", "S256"}})};
  }

  Profile finish(const CallbackParameters& callback, const Expected& expected) {
    const auto slot = limiter_.enter(display_name_);
    const auto answer = exchange_code(http_, client_,
                                      {.endpoint = config_.token_url,
                                       .authentication = ClientAuthentication::post,
                                       .code = code_of(callback),
                                       .code_verifier = expected.code_verifier,
                                       .redirect_uri = expected.redirect_uri});
    const auto token = text_member(answer, "access_token");
    if (token.empty() || to_lower(text_member(answer, "token_type")) != "bearer")
      throw invalid_answer(name(), "token endpoint: no bearer token");
    auto profile = to_github_profile(
        issuer_, parse_answer(name(), "user", get(Call::userinfo, "/user", token)));
    if (!profile) throw invalid_answer(name(), "user: no numeric id");
    add_verified_email(*profile, token);
    return *profile;
  }

 private:
  http_client::Response get(Call call, const std::string& path, const std::string& token) const {
    return http_.get(
        call, config_.api_url + path,
        {{"Accept", "application/vnd.github+json"}, {"Authorization", "Bearer " + token}});
  }

  // The address is a suggestion, so a sign-in does without it where it fails.
  void add_verified_email(Profile& profile, const std::string& token) const {
    try {
      const auto response = get(Call::emails, "/user/emails", token);
      if (!response.is_success()) return;
      const auto address = primary_verified_email(response.body);
      if (!address.empty()) profile.email = address;
      profile.email_verified = !address.empty();
    } catch (const Error& error) {
      log::warning("no e-mail addresses from a provider",
                   {{"provider", name()}, {"error", error.what()}, {"detail", error.detail()}});
    }
  }

  const config::OidcProvider config_;
  const std::string display_name_;
  const std::string issuer_;
  const OAuthClient client_;
  const ProviderClient http_;
  CallLimiter limiter_{max_calls};
};

GithubProvider::GithubProvider(const config::OidcProvider& config)
    : impl_(std::make_unique<Impl>(config)) {}
GithubProvider::~GithubProvider() = default;

const std::string& GithubProvider::name() const {
  return impl_->name();
}
const std::string& GithubProvider::display_name() const {
  return impl_->display_name();
}
AuthorizationRequest GithubProvider::begin(const BeginParameters& parameters) {
  return impl_->begin(parameters);
}
Profile GithubProvider::finish(const CallbackParameters& callback, const Expected& expected) {
  return impl_->finish(callback, expected);
}

}  // namespace feedctl::oidc
