#pragma once
// Content identifiers of IPLD, version 1 with SHA-256, and unsigned LEB128 varints. Plain values;
// pure functions. Source: github.com/multiformats/cid and unsigned-varint.
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/sha256.hpp"

namespace feedctl::imports {

struct Cid {
  std::uint64_t codec = 0;  // 0x71: DAG-CBOR
  Sha256 hash{};

  auto operator<=>(const Cid&) const = default;
};

// Takes a varint off `bytes`; nullopt: cut off, longer than 9 bytes, or with needless zeros.
std::optional<std::uint64_t> take_varint(std::string_view& bytes);

// Takes an identifier off `bytes`; nullopt: malformed, or of another version or hash.
std::optional<Cid> take_cid(std::string_view& bytes);

}  // namespace feedctl::imports
