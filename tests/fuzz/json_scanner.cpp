// The splitter of JSON in archives: it takes every document that the parser takes, and what it
// copies is the same document; without the members that are not needed it is still one.
#include "imports/json_scanner.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

bool is_json(std::string_view bytes) {
  try {
    json::parse(bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// nullopt: refused. Pieces of three bytes cut everything.
std::optional<std::string> scan(std::string_view bytes, const imports::JsonMembers& needed) {
  imports::JsonScanner scanner(
      [rest = bytes](std::span<char> buffer) mutable {
        const auto size = std::min({rest.size(), buffer.size(), std::size_t{3}});
        std::copy_n(rest.begin(), size, buffer.begin());
        rest.remove_prefix(size);
        return size;
      },
      "fuzz.json");
  try {
    imports::BoundedText out(bytes.size());
    scanner.begin();
    scanner.read_value(&out, needed, 0);
    if (scanner.peek() != imports::ByteInput::end) return std::nullopt;
    require(!out.is_full(), "a copy that is larger than its bytes");
    return std::string(out.text());
  } catch (const Error& error) {
    require(error.code() == ErrorCode::bad_data, "a refusal of another kind");
    return std::nullopt;
  }
}

}  // namespace

void json_scanner(std::string_view bytes) {
  const auto whole = scan(bytes, {});
  const auto part = scan(bytes, imports::JsonMembers({"a", "b.c"}));
  require(whole.has_value() == part.has_value(), "taken only as a whole or only as a part");
  if (!is_json(bytes)) return;
  require(whole.has_value(), "refused what is JSON: " + shown(bytes));
  require(is_json(*whole), "a copy that is no JSON: " + shown(*whole));
  require(is_json(*part), "a part that is no JSON: " + shown(*part));
  require(scan(*whole, {}) == *whole, "a copy of the copy is another: " + shown(*whole));
}

}  // namespace feedctl::fuzz
