#include "dev_openid/client_credentials.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/url.hpp"

namespace feedctl::dev_openid {

namespace {

struct Credentials {
  std::string id;
  std::string secret;
};

// Standard base64 with its padding.
std::optional<std::string> decode_base64(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (!text.empty() && text.back() == '=') text.pop_back();
  return from_base64url(text);
}

// Each part of Basic credentials is form-encoded.
std::string decode_part(std::string part) {
  std::replace(part.begin(), part.end(), '+', ' ');
  return percent_decode(part);
}

std::optional<Credentials> basic_credentials(const std::string& header) {
  constexpr std::string_view scheme = "Basic ";
  if (header.compare(0, scheme.size(), scheme) != 0) return std::nullopt;
  const auto pair = decode_base64(header.substr(scheme.size()));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  try {
    return Credentials{decode_part(pair->substr(0, colon)), decode_part(pair->substr(colon + 1))};
  } catch (const UrlError&) {
    return std::nullopt;
  }
}

}  // namespace

bool is_client_authenticated(const http::Request& request, const Form& form,
                             const Options& options) {
  std::optional<Credentials> given;
  if (const auto* header = request.header("authorization")) {
    if (form.has("client_secret")) return false;
    given = basic_credentials(*header);
  } else {
    given = Credentials{form.get("client_id"), form.get("client_secret")};
  }
  return given && given->id == options.client_id && given->secret == options.client_secret.reveal();
}

}  // namespace feedctl::dev_openid
