#include "imports/small_entry.hpp"

#include <array>

#include "base/utf8.hpp"
#include "imports/byte_input.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;

bool is_wide_text(std::string_view text) {
  return text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff";
}

}  // namespace

std::string read_text(ArchiveFile& archive, std::size_t max_bytes) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (const auto size = archive.read(buffer)) {
    if (size > max_bytes - text.size())
      throw archive.bad_data("has more than " + std::to_string(max_bytes) + " bytes");
    text.append(buffer.data(), size);
  }
  return text;
}

json::Value read_json(ArchiveFile& archive) {
  const auto text = read_text(archive, max_item_bytes);
  if (is_wide_text(text)) {
    throw archive.bad_data("is UTF-16, not UTF-8")
        .with_hint("convert it with iconv -f UTF-16 -t UTF-8");
  }
  try {
    return json::parse(without_bom(text));
  } catch (const Error& error) {
    throw archive.bad_data(utf8_length(text) ? "is not JSON: " + error.hint() : "is not UTF-8");
  }
}

void for_each_line(ArchiveFile& archive, std::size_t max_line,
                   const std::function<void(std::string_view)>& use) {
  ByteInput input([&](std::span<char> buffer) { return archive.read(buffer); }, buffer_size);
  std::string line;
  bool is_first = true, is_too_long = false;
  const auto finish = [&] {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto text = is_first ? without_bom(line) : std::string_view(line);
    if (!is_too_long && !text.empty()) use(text);
    line.clear();
    is_first = is_too_long = false;
  };
  for (int byte = input.get(); byte != ByteInput::end; byte = input.get()) {
    if (byte == '\n') {
      finish();
    } else if (line.size() < max_line) {
      line += static_cast<char>(byte);
    } else {
      is_too_long = true;
    }
  }
  finish();
}

}  // namespace feedctl::imports
