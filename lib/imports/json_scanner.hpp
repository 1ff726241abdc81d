#pragma once
// A byte-level reader of JSON values from a stream. It copies what is needed of a value and passes
// by the rest in constant memory. Error(bad_data) with the position. One thread.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "imports/byte_input.hpp"
#include "imports/json_members.hpp"

namespace feedctl::imports {

// Takes text up to a limit; what is above it is dropped.
class BoundedText {
 public:
  explicit BoundedText(std::size_t max_size) : max_size_(max_size) {}
  void append(std::string_view bytes) {
    if (!is_full_ && bytes.size() <= max_size_ - text_.size())
      text_.append(bytes);
    else
      is_full_ = true;
  }
  void clear() {
    text_.clear();
    is_full_ = false;
  }
  std::string_view text() const { return text_; }
  // Something was dropped.
  bool is_full() const { return is_full_; }

 private:
  std::size_t max_size_;
  std::string text_;
  bool is_full_ = false;
};

class JsonScanner {
 public:
  JsonScanner(ByteInput::Read read, std::string name);

  // Passes by a byte order mark; Error for UTF-16 and UTF-32.
  void begin();
  // The next byte that is no white space, without taking it; ByteInput::end at the end.
  int peek();
  // Takes the next byte that is no white space if it is this one.
  bool take(char byte);
  // Takes it, or throws.
  void expect(char byte);
  // Takes a text between quotes, as it is written; one above the limit is cut.
  std::string_view read_key();
  // Takes a value; `out` gets its needed members, or nothing where it is nullptr. Members whose
  // names have more than 256 bytes are never needed.
  void read_value(BoundedText* out, const JsonMembers& needed, int depth);
  // Takes bytes up to and with `byte`, at most `max_size`.
  void skip_past(char byte, std::size_t max_size);

  std::uint64_t position() const { return input_.position(); }
  Error error(const std::string& what) const;
  Error unexpected(int byte) const;

 private:
  void read_string(BoundedText* out);
  void read_object(BoundedText* out, const JsonMembers& needed, int depth);
  const JsonMembers* find_member(std::string_view key, const JsonMembers& needed) const;
  void read_array(BoundedText* out, const JsonMembers& needed, int depth);
  void read_scalar(BoundedText* out);

  ByteInput input_;
  std::string name_;
  BoundedText key_;
};

}  // namespace feedctl::imports
