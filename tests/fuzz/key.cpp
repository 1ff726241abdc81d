// Idempotency-Key: what is accepted can be sent again, bare and quoted, and is the same key.
#include <algorithm>

#include "base/error.hpp"
#include "commands/idempotency_key.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

std::string quoted(const std::string& key) {
  std::string text = "\"";
  for (const char c : key) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace

void key(std::string_view bytes) {
  try {
    const auto key = commands::parse_idempotency_key(bytes);
    require(!key.empty() && key.size() <= 255, "the length of a key");
    require(std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
            "a key that is not visible");
    require(commands::parse_idempotency_key(quoted(key)) == key, "quoted it is another: " + key);
    require(key.front() == '"' || commands::parse_idempotency_key(key) == key,
            "bare it is another: " + key);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
  }
}

}  // namespace feedctl::fuzz
