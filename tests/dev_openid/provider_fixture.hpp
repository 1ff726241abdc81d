#pragma once
// A provider on a free port of the test's own process, and a client that knows the protocol.
#include <string>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "dev_openid/form.hpp"
#include "dev_openid/provider.hpp"
#include "support/http_client.hpp"
#include "support/server_process.hpp"

namespace feedctl::dev_openid {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string encoded(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += (text.empty() ? "" : "&") + name + "=" + percent_encode(value);
  }
  return text;
}

// With the value of one field replaced, or without it where the value is "".
inline Fields with(Fields fields, const std::string& name, const std::string& value) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  if (!value.empty()) fields.emplace_back(name, value);
  return fields;
}

struct ProviderFixture {
  const std::string redirect_uri = "http://127.0.0.1:1/auth/callback/dev";
  const std::string verifier = std::string(50, 'v');
  Options options;
  Provider provider;
  support::HttpClient http;

  explicit ProviderFixture(KeyKind kind = KeyKind::es256)
      : options(make_options(kind)), provider(options), http(options.port) {
    provider.start();
  }

  Fields authorization() const {
    const auto digest = sha256(verifier);
    return {{"client_id", "feedctl"},
            {"redirect_uri", redirect_uri},
            {"response_type", "code"},
            {"scope", "openid profile email"},
            {"state", "a-state"},
            {"nonce", "a nonce"},
            {"code_challenge",
             base64url({reinterpret_cast<const char*>(digest.data()), digest.size()})},
            {"code_challenge_method", "S256"}};
  }
  support::HttpResponse post_form(const std::string& path, const Fields& fields,
                                  support::HttpHeaders headers = {}) const {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return http.post(path, encoded(fields), headers);
  }
  // The parameters with which the browser is sent back.
  Form sign_in(const Fields& fields) const {
    const auto location = post_form("/authorize", fields).header("location");
    const auto question = location.find('?');
    if (location.substr(0, question) != redirect_uri) return Form(Form::Fields{});
    return Form::parse(location.substr(question + 1));
  }
  std::string code_for(const std::string& username) const {
    return sign_in(with(authorization(), "username", username)).get("code");
  }
  Fields exchange(const std::string& code) const {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"redirect_uri", redirect_uri},
            {"code_verifier", verifier},
            {"client_id", "feedctl"},
            {"client_secret", "the secret"}};
  }

 private:
  Options make_options(KeyKind kind) const {
    Options made;
    made.port = support::free_port();
    made.client_id = "feedctl";
    made.client_secret = Secret<std::string>("the secret");
    made.redirect_uris = {redirect_uri};
    made.key_kind = kind;
    made.people = {{"ada", "Ada <Lovelace>", "ada@example.test"}};
    return made;
  }
};

// The claims or the header of a compact JWS.
inline json::Value part_of(const std::string& jws, int index) {
  std::string_view rest = jws;
  std::string_view part;
  for (int i = 0; i <= index; ++i) part = next_field(rest, '.');
  return json::parse(from_base64url(part).value());
}

}  // namespace feedctl::dev_openid
