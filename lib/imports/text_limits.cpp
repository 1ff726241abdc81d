#include "imports/text_limits.hpp"

#include <algorithm>

namespace feedctl::imports {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

void trim_end(std::string& text) {
  while (!text.empty() && is_space(text.back())) text.pop_back();
}

void trim(std::string& text) {
  trim_end(text);
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  text.erase(text.begin(), first);
}

// The bytes of the first `count` code points.
std::size_t size_of_first(const std::string& text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!is_continuation(text[at]) && count-- == 0) break;
  }
  return at;
}

}  // namespace

CutText cut_text(std::string text, std::size_t max_length) {
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  trim(text);
  if (text.size() <= max_length || size_of_first(text, max_length) == text.size())
    return {std::move(text), false};
  const auto kept = max_length > cut_note.size() ? max_length - cut_note.size() : 0;
  text.resize(size_of_first(text, kept));
  trim_end(text);
  if (kept > 0) text += cut_note;
  return {std::move(text), true};
}

}  // namespace feedctl::imports
