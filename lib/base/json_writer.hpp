#pragma once
// Appends JSON to a string: objects and arrays are opened and closed by hand, commas are put in.
// Text must be UTF-8; bytes that are not are written as U+FFFD, so the output is always valid.
// Copying prepared fragments in by raw() costs one append. Not thread-safe; one writer, one string.
#include <cstdint>
#include <string>
#include <string_view>

namespace feedctl::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& open_object() {
    before();
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
    before();
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
    before();
    out_ += value ? "true" : "false";
    return *this;
  }
  Writer& null() {
    before();
    out_ += "null";
    return *this;
  }
  // A value that is JSON already.
  Writer& raw(std::string_view json) {
    before();
    out_ += json;
    return *this;
  }
  // Where the caller appends one such value itself.
  std::string& raw_here() {
    before();
    return out_;
  }

  // The same with the key before the value.
  Writer& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  Writer& integer(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& boolean(std::string_view name, bool value) { return key(name).boolean(value); }
  Writer& null(std::string_view name) { return key(name).null(); }
  Writer& raw(std::string_view name, std::string_view json) { return key(name).raw(json); }

 private:
  void before() {
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
