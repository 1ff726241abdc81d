#include "base/json_writer.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

std::string shown(std::string_view bytes) {
  std::string out;
  feedctl::json::append_quoted(out, bytes.substr(0, 400));
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace feedctl::fuzz
