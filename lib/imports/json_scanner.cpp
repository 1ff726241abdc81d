#include "imports/json_scanner.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "imports/json_items.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_key = 256;

const JsonMembers everything;

bool is_space(int byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

bool is_scalar(int byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-' ||
         byte == '+' || byte == '.' || byte == 'E';
}

bool is_special(char byte) {
  return byte == '"' || byte == '\\';
}

void append(BoundedText* out, std::string_view bytes) {
  if (out) out->append(bytes);
}

}  // namespace

JsonScanner::JsonScanner(ByteInput::Read read, std::string name)
    : input_(std::move(read)), name_(std::move(name)), key_(max_key) {}

Error JsonScanner::error(const std::string& what) const {
  return Error(ErrorCode::bad_data, name_ + ": byte " + std::to_string(position()) + ": " + what);
}

Error JsonScanner::unexpected(int byte) const {
  if (byte == ByteInput::end)
    return error("the JSON ends in the middle").with_hint("download the archive again");
  if (byte > 0x20 && byte < 0x7f)
    return error(std::string("is not JSON: unexpected '") + static_cast<char>(byte) + "'");
  std::string hex;
  append_hex_byte(hex, static_cast<unsigned char>(byte));
  return error("is not JSON: unexpected byte 0x" + hex);
}

void JsonScanner::begin() {
  const auto start = input_.ahead(4).substr(0, 4);
  const bool has_mark = start.substr(0, 3) == "\xef\xbb\xbf";
  if (has_mark) return input_.consume(3);
  const bool is_wide = start.substr(0, 2) == "\xff\xfe" || start.substr(0, 2) == "\xfe\xff" ||
                       start.find('\0') != std::string_view::npos;
  if (is_wide) {
    throw Error(ErrorCode::bad_data, name_ + ": the text is UTF-16 or UTF-32, not UTF-8")
        .with_hint("convert it with iconv -f UTF-16 -t UTF-8");
  }
}

int JsonScanner::peek() {
  int byte = input_.peek();
  while (is_space(byte)) {
    input_.get();
    byte = input_.peek();
  }
  return byte;
}

bool JsonScanner::take(char byte) {
  if (peek() != byte) return false;
  input_.get();
  return true;
}

void JsonScanner::expect(char byte) {
  if (!take(byte)) throw unexpected(input_.peek());
}

void JsonScanner::skip_past(char byte, std::size_t max_size) {
  for (std::size_t taken = 0; taken < max_size; ++taken) {
    const int next = input_.get();
    if (next == byte) return;
    if (next == ByteInput::end) throw unexpected(next);
  }
  throw error(std::string("is not JSON: no '") + byte + "' at its beginning");
}

std::string_view JsonScanner::read_key() {
  if (peek() != '"') throw unexpected(input_.peek());
  key_.clear();
  read_string(&key_);
  const auto quoted = key_.text();
  return key_.is_full() ? std::string_view{} : quoted.substr(1, quoted.size() - 2);
}

// The quotes belong to what is appended. A backslash takes the byte behind it along.
void JsonScanner::read_string(BoundedText* out) {
  append(out, "\"");
  input_.get();
  while (true) {
    const auto bytes = input_.available();
    if (bytes.empty()) throw unexpected(ByteInput::end);
    const auto* end = std::find_if(bytes.begin(), bytes.end(), is_special);
    const auto size = static_cast<std::size_t>(end - bytes.begin());
    append(out, bytes.substr(0, size));
    input_.consume(size);
    if (size == bytes.size()) continue;
    if (input_.get() == '"') return append(out, "\"");
    const int escaped = input_.get();
    if (escaped == ByteInput::end) throw unexpected(escaped);
    const char pair[] = {'\\', static_cast<char>(escaped)};
    append(out, {pair, 2});
  }
}

void JsonScanner::read_scalar(BoundedText* out) {
  if (!is_scalar(input_.peek())) throw unexpected(input_.peek());
  while (is_scalar(input_.peek())) {
    const char taken = static_cast<char>(input_.get());
    append(out, {&taken, 1});
  }
}

void JsonScanner::read_array(BoundedText* out, const JsonMembers& needed, int depth) {
  expect('[');
  append(out, "[");
  if (!take(']')) {
    read_value(out, needed, depth);
    while (take(',')) {
      append(out, ",");
      read_value(out, needed, depth);
    }
    expect(']');
  }
  append(out, "]");
}

void JsonScanner::read_object(BoundedText* out, const JsonMembers& needed, int depth) {
  expect('{');
  append(out, "{");
  bool is_first = true;
  for (bool is_open = !take('}'); is_open;) {
    const auto* member = find_member(read_key(), needed);
    auto* target = member ? out : nullptr;
    if (!std::exchange(is_first, is_first && !member)) append(target, ",");
    append(target, key_.text());
    append(target, ":");
    expect(':');
    read_value(target, member ? *member : everything, depth);
    is_open = take(',');
    if (!is_open) expect('}');
  }
  append(out, "}");
}

// A name in another spelling, with escapes, may be a needed one. No needed one is long.
const JsonMembers* JsonScanner::find_member(std::string_view key, const JsonMembers& needed) const {
  if (key_.is_full()) return nullptr;
  const bool is_plain = key.find('\\') == std::string_view::npos;
  return needed.is_everything() || !is_plain ? &everything : needed.find(key);
}

void JsonScanner::read_value(BoundedText* out, const JsonMembers& needed, int depth) {
  if (depth >= JsonItems::max_depth) throw error("is nested deeper than 64 levels");
  switch (peek()) {
    case '{':
      return read_object(out, needed, depth + 1);
    case '[':
      return read_array(out, needed, depth + 1);
    case '"':
      return read_string(out);
    default:
      return read_scalar(out);
  }
}

}  // namespace feedctl::imports
