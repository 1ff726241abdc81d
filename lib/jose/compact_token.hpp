#pragma once
// The form of signed tokens: JSON Web Signatures in the compact serialization (RFC 7515, 7.1),
// three parts in base64url with dots between them, and the audience of their claims (RFC
// 7519, 4.1.3). No signature is verified here. Pure functions.
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace feedctl::jose {

// What is wrong with a token; what() is for the log.
class MalformedToken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The parts as they stand in the token, still encoded. They are views of it.
struct EncodedParts {
  std::string_view header, payload, signature;
};

// Throws MalformedToken where there are not three parts.
EncodedParts split_token(std::string_view token);
// Throws MalformedToken for an empty part, and for one that is not canonical base64url.
std::string decode_part(std::string_view part);
// Throws MalformedToken for what is no JSON object.
json::Value parse_object(std::string_view text);

// Whether ES256 can have made it: 64 bytes, and neither half is zero (RFC 7518, 3.4).
bool has_es256_form(std::string_view signature);
// Whether `aud` is that text, or a list with it.
bool has_audience(const json::Value& claims, std::string_view audience);

}  // namespace feedctl::jose
