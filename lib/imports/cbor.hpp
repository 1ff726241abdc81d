#pragma once
// A strict decoder of DAG-CBOR (RFC 8949 with the rules of IPLD): definite lengths in their
// shortest form, map keys that are texts in canonical order, UTF-8, 64-bit floats, and of tags only
// 42, a CID. Lengths are checked against what is there before anything is allocated. Pure
// functions.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "imports/cid.hpp"

namespace feedctl::imports::cbor {

class Value;
struct Bytes {
  std::string bytes;
};
using Array = std::vector<Value>;
using Map = std::vector<std::pair<std::string, Value>>;

class Value {
 public:
  // An integer that does not fit an int64 is malformed.
  using Data =
      std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Bytes, Cid, Array, Map>;
  Value() : data_(nullptr) {}
  explicit Value(Data data) : data_(std::move(data)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const Bytes* bytes() const { return std::get_if<Bytes>(&data_); }
  const Cid* cid() const { return std::get_if<Cid>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Map* map() const { return std::get_if<Map>(&data_); }
  const Data& data() const { return data_; }
  // A member of a map; nullptr: absent, or this is no map.
  const Value* find(std::string_view key) const;

 private:
  Data data_;
};

inline constexpr int max_depth = 64;
inline constexpr std::size_t max_values = 100'000;  // in one item

// The one item that `bytes` are; nullopt: malformed, deeper than max_depth, or of more values.
std::optional<Value> decode(std::string_view bytes);

}  // namespace feedctl::imports::cbor
