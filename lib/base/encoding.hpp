#pragma once
// Text encodings of bytes (base64, base64url, hex), SHA-256 in hex and random bytes from the
// kernel. Pure functions; any thread.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

// base64url without padding (RFC 4648 section 5). Decoding accepts the canonical form only.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

// base64 with padding (section 4).
std::string base64(std::string_view bytes);

inline constexpr std::string_view hex_digits = "0123456789abcdef";

// The value of a hex digit in either case; -1: not a hex digit.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends two lowercase digits.
inline void append_hex_byte(std::string& out, unsigned char byte) {
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 0x0f];
}

// Appends 16 lowercase digits.
inline void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += hex_digits[value >> shift & 15];
}

// Two lowercase digits for each byte.
std::string to_hex(std::string_view bytes);

// The SHA-256 of `bytes` as 64 lowercase hex digits.
std::string sha256_hex(std::string_view bytes);

// `size` bytes from getrandom(2). Throws std::runtime_error.
std::string random_bytes(std::size_t size);

}  // namespace feedctl
