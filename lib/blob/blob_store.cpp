#include "blob/blob_store.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t max_key_size = 512;
constexpr std::size_t max_segment_size = 128;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool is_segment(std::string_view text) {
  return !text.empty() && text.size() <= max_segment_size && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), is_key_character);
}

}  // namespace

bool is_key(std::string_view key) {
  if (key.empty() || key.size() > max_key_size || key.back() == '/') return false;
  while (!key.empty()) {
    if (!is_segment(next_field(key, '/'))) return false;
  }
  return true;
}

void check_key(std::string_view key) {
  if (!is_key(key)) throw Error(ErrorCode::internal, "the key of a stored object is not valid");
}

void check_prefix(std::string_view prefix) {
  const auto slash = prefix.rfind('/');
  const auto begun = slash == std::string_view::npos ? prefix : prefix.substr(slash + 1);
  const bool is_valid = (slash == std::string_view::npos || is_key(prefix.substr(0, slash))) &&
                        std::all_of(begun.begin(), begun.end(), is_key_character);
  if (!is_valid) throw Error(ErrorCode::internal, "the prefix of a listing is not valid");
}

}  // namespace feedctl::blob
