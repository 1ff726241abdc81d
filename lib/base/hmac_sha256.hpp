#pragma once
// HMAC-SHA256 (RFC 2104) by OpenSSL. A pure function; any thread.
#include <string_view>

#include "base/sha256.hpp"

namespace feedctl {

// Throws std::runtime_error if OpenSSL fails.
Sha256 hmac_sha256(std::string_view key, std::string_view message);

}  // namespace feedctl
