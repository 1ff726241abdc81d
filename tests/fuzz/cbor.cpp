// CBOR and CAR files of archives: decoded or refused as bad input, with values that are not larger
// than their bytes, and blocks that lie in the file.
#include "imports/cbor.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "imports/car.hpp"

namespace feedctl::fuzz {
namespace {

using imports::cbor::Value;

std::size_t check_value(const Value& value, int depth) {
  require(depth <= imports::cbor::max_depth, "nested too deep");
  if (const auto* text = value.text()) {
    require(utf8_length(*text).has_value(), "a text that is not UTF-8");
    return text->size();
  }
  std::size_t size = value.bytes() ? value.bytes()->bytes.size() : 1;
  if (const auto* array = value.array()) {
    for (const auto& item : *array) size += check_value(item, depth + 1);
  }
  if (const auto* map = value.map()) {
    for (const auto& [key, member] : *map) {
      require(value.find(key) == &member, "the key " + shown(key) + " twice");
      size += key.size() + check_value(member, depth + 1);
    }
  }
  return size;
}

void check_car(std::string_view bytes) {
  auto read = [rest = bytes](std::span<char> buffer) mutable {
    const auto size = std::min(rest.size(), buffer.size());
    std::copy_n(rest.begin(), size, buffer.begin());
    rest.remove_prefix(size);
    return size;
  };
  try {
    imports::CarReader car(read, "fuzz.car");
    std::size_t size = 0;
    while (const auto block = car.next()) size += block->data.size() + block->cid.hash.size();
    require(size <= bytes.size(), "blocks that are larger than the file");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::bad_data, "a refusal of another kind");
  }
}

}  // namespace

void cbor(std::string_view bytes) {
  if (const auto value = imports::cbor::decode(bytes))
    require(check_value(*value, 0) <= bytes.size() + 1, "values that are larger than their bytes");
  check_car(bytes);
}

}  // namespace feedctl::fuzz
