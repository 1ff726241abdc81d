#pragma once
// A bounded JSON parser for untrusted input. Error(invalid_argument, "Invalid JSON") for trailing
// data, a byte order mark, invalid UTF-8, lone surrogates, duplicate keys, nesting deeper than 32
// and numbers out of range. Plain values.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace feedctl::json {

class Value;
using Array = std::vector<Value>;
using Object = std::vector<std::pair<std::string, Value>>;  // in document order, keys unique

class Value {
 public:
  // A number without fraction or exponent that fits is an int64; any other is a double.
  using Data = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;
  Value() : data_(nullptr) {}
  explicit Value(Data data) : data_(std::move(data)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  // A member of an object; nullptr: absent, or this is no object.
  const Value* find(std::string_view key) const;
  Data& data() { return data_; }

 private:
  Data data_;
};

Value parse(std::string_view text);

}  // namespace feedctl::json
