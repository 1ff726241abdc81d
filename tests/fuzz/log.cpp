// The log: whatever is logged is one line, of JSON where that is the format, and no terminal obeys
// any of it.
#include "base/log.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/strict_json.hpp"

namespace feedctl::fuzz {
namespace {

constexpr std::size_t longest = 32 * 1024;  // fields are cut; escapes make six bytes of one

void check_line(const std::string& line) {
  require(utf8_length(line).has_value(), "a line that is not UTF-8");
  require(line.size() < longest, "a line without end");
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    require(byte >= 0x20 && byte != 0x7f, "a control byte");
    const bool c1 = byte == 0xc2 && static_cast<unsigned char>(line[at + 1]) < 0xa0;
    require(!c1, "a control character of two bytes");
  }
}

}  // namespace

void log(std::string_view bytes) {
  const auto half = bytes.substr(bytes.size() / 2);
  const log::Fields fields{{"text", bytes}, {"number", bytes.size()}, {"half", half}};
  for (const auto format : {log::Format::json, log::Format::journald, log::Format::text}) {
    auto line = log::format_line(format, log::Level::info, bytes, fields);
    check_line(line);
    if (format == log::Format::text) continue;
    if (format == log::Format::journald) line.erase(0, 3);
    require(strict_json(line, 4).has_value(), "no JSON");
    const auto value = json::parse(line);
    require(value.find("message") != nullptr && value.find("half") != nullptr, "a field is lost");
    const auto cut = bytes.substr(0, 1024);
    require(!utf8_length(cut) || *value.find("text")->text() == cut, "another text");
  }
}

}  // namespace feedctl::fuzz
