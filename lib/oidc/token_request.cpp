#include "oidc/token_request.hpp"

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "oidc/errors.hpp"
#include "oidc/json_answer.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t max_code_size = 4096;

// Both parts are form-encoded first (RFC 6749, section 2.3.1).
std::string basic_credentials(const OAuthClient& client) {
  return "Basic " +
         base64(percent_encode(client.id) + ":" + percent_encode(client.secret.reveal()));
}

http_client::Response post(const ProviderClient& http, const OAuthClient& client,
                           const TokenRequest& request) {
  http_client::FormFields fields{{"grant_type", "authorization_code"},
                                 {"code", request.code},
                                 {"redirect_uri", request.redirect_uri},
                                 {"code_verifier", request.code_verifier}};
  http_client::Headers headers{{"Accept", "application/json"}};
  const bool is_public = client.secret.empty();
  if (!is_public && request.authentication == ClientAuthentication::basic) {
    headers.emplace_back("Authorization", basic_credentials(client));
  } else {
    fields.emplace_back("client_id", client.id);
    if (!is_public) fields.emplace_back("client_secret", client.secret.reveal());
  }
  return http.post_form(Call::token, request.endpoint, fields, headers);
}

// The code was used, is too old, or belongs to another client, verifier or redirect URI. GitHub has
// a name of its own for that, and sends it with status 200.
bool is_about_the_code(std::string_view error) {
  return error == "invalid_grant" || error == "bad_verification_code";
}

}  // namespace

json::Value exchange_code(const ProviderClient& http, const OAuthClient& client,
                          const TokenRequest& request) {
  const auto response = post(http, client, request);
  if (const auto answer = try_parse_object(response); answer && answer->find("error") != nullptr) {
    const auto error = text_member(*answer, "error");
    if (is_about_the_code(error))
      throw invalid_sign_in(client.provider + " does not take the code: " + error);
    throw invalid_answer(client.provider, "token endpoint: " + to_error_code(error));
  }
  return parse_answer(client.provider, "token endpoint", response);
}

std::string with_query(const std::string& endpoint, const http_client::FormFields& fields) {
  const char mark = endpoint.find('?') == std::string::npos ? '?' : '&';
  return endpoint + mark + http_client::encode_form(fields);
}

const std::string& code_of(const CallbackParameters& callback) {
  if (!callback.error.empty()) {
    throw Error(ErrorCode::invalid_argument, "the provider ended the sign-in; start it again")
        .with_detail("sign-in: " + to_error_code(callback.error));
  }
  if (callback.code.empty() || callback.code.size() > max_code_size)
    throw invalid_sign_in("the callback has no code");
  return callback.code;
}

}  // namespace feedctl::oidc
