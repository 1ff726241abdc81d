#pragma once
// A JSON writer that appends to a string. The caller opens and closes objects and arrays; the
// writer puts the commas. Bytes that are not UTF-8 become U+FFFD, so the output is always valid.
// raw() appends a prepared fragment. Not thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace feedctl::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& open_object() {
    begin_value();
    out_ += '{';
    first_ = true;
    return *this;
  }
  Writer& close_object() {
    out_ += '}';
    first_ = false;
    return *this;
  }
  Writer& open_array() {
    begin_value();
    out_ += '[';
    first_ = true;
    return *this;
  }
  Writer& close_array() {
    out_ += ']';
    first_ = false;
    return *this;
  }
  Writer& key(std::string_view name);
  Writer& text(std::string_view value);
  Writer& integer(std::int64_t value);
  Writer& real(double value);
  Writer& boolean(bool value) {
    begin_value();
    out_ += value ? "true" : "false";
    return *this;
  }
  Writer& null() {
    begin_value();
    out_ += "null";
    return *this;
  }
  // A value that is JSON already.
  Writer& raw(std::string_view json) {
    begin_value();
    out_ += json;
    return *this;
  }
  // The caller appends one such value to the result.
  std::string& begin_raw() {
    begin_value();
    return out_;
  }

  // With the key before the value.
  Writer& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  Writer& integer(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& boolean(std::string_view name, bool value) { return key(name).boolean(value); }
  Writer& null(std::string_view name) { return key(name).null(); }
  Writer& raw(std::string_view name, std::string_view json) { return key(name).raw(json); }

  // A member that is null without a value.
  Writer& optional_text(std::string_view name, std::optional<std::string_view> value) {
    return value ? text(name, *value) : null(name);
  }
  Writer& optional_integer(std::string_view name, std::optional<std::int64_t> value) {
    return value ? integer(name, *value) : null(name);
  }
  Writer& optional_raw(std::string_view name, std::optional<std::string_view> json) {
    return json ? raw(name, *json) : null(name);
  }
  Writer& optional_time(std::string_view name, std::optional<Time> value);  // RFC 3339

 private:
  void begin_value() {
    if (after_key_)
      after_key_ = false;
    else if (!first_)
      out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
  bool after_key_ = false;
};

// Appends `value` as a quoted JSON string.
void append_quoted(std::string& out, std::string_view value);

}  // namespace feedctl::json
