// ID tokens of providers before and after their signature is checked: what is accepted is of an
// allowed algorithm, for us, of this sign-in and of this time.
#include "oidc/id_token.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

const Time now = from_unix_us(1'800'000'000'000'000);

void require_refused(const Error& error) {
  require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
}

void check_form(std::string_view token) {
  try {
    const auto parsed = oidc::parse_id_token(token);
    require(token.size() <= oidc::max_id_token_size, "it is too long");
    require(parsed.algorithm == "RS256" || parsed.algorithm == "ES256",
            "another algorithm: " + parsed.algorithm);
    const auto payload = token.substr(token.find('.') + 1);
    require(base64url(parsed.payload) == payload.substr(0, payload.find('.')),
            "two forms of one payload");
    require(!token.substr(token.rfind('.') + 1).empty(), "no signature");
  } catch (const Error& error) {
    require_refused(error);
  }
}

bool is_plain(const std::string& text) {
  return text.size() <= 256 && utf8_length(text).has_value() &&
         text.find('\n') == std::string::npos && text.find('\0') == std::string::npos;
}

void check_claims(std::string_view payload) {
  try {
    const auto claims = oidc::validate_id_token(payload, {"https://id.example", "us", "n", now});
    require(*claims.find("iss")->text() == "https://id.example", "another issuer");
    require(*claims.find("nonce")->text() == "n", "another nonce");
    const auto profile = oidc::to_profile("https://id.example", claims);
    require(!profile.subject.empty() && profile.subject.size() <= 255, "the length of a subject");
    for (const auto& text :
         {profile.subject, profile.preferred_username, profile.name, profile.email})
      require(is_plain(text), "a text that is no line: " + shown(text));
  } catch (const Error& error) {
    require_refused(error);
  }
}

}  // namespace

void id_token(std::string_view bytes) {
  check_form(bytes);
  check_claims(bytes);
}

}  // namespace feedctl::fuzz
