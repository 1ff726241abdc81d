#pragma once
// SHA-256 by OpenSSL. Only a thread's first call allocates. Any thread.
#include <array>
#include <string_view>

namespace feedctl {

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view bytes);

}  // namespace feedctl
