#pragma once
#include <cstdint>
#include <string_view>

namespace feedctl {

// The 64-bit FNV-1a hash. Not for secrets: anyone can find two texts of one hash.
constexpr std::uint64_t fnv1a_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace feedctl
