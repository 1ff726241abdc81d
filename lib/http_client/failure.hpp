#pragma once
// Why a call failed, in words for the log. Client turns it into an Error that names the server.
#include <stdexcept>
#include <string_view>

namespace feedctl::http_client {

// Parts of the words, for callers that know the setting against it.
inline constexpr std::string_view private_address = "its address is not a public one";
inline constexpr std::string_view public_http = "its address is public: http:// is not for it";
inline constexpr std::string_view untrusted_certificate = "the certificate is not trusted";

class CallFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace feedctl::http_client
