#include "imports/entry_name.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/display_text.hpp"
#include "base/text.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_name = 4096;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size() && to_lower(text.substr(text.size() - end.size())) == end;
}

}  // namespace

std::optional<std::string> clean_entry_name(std::string_view name) {
  if (name.size() > max_name || validate_name(name, max_name)) return std::nullopt;
  std::string path(name);
  std::replace(path.begin(), path.end(), '\\', '/');
  const bool has_drive = path.size() > 1 && path[1] == ':';
  if (path.empty() || path.front() == '/' || has_drive) return std::nullopt;
  std::string cleaned;
  for (std::string_view rest = path; !rest.empty();) {
    const auto part = next_field(rest, '/');
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!cleaned.empty()) cleaned += '/';
    cleaned += part;
  }
  if (cleaned.empty()) return std::nullopt;
  return cleaned;
}

std::string bare_entry_name(std::string_view file_name) {
  if (ends_with(file_name, ".gz")) file_name.remove_suffix(3);
  for (const auto* end : {".json", ".js", ".car"}) {
    if (ends_with(file_name, end)) return std::string(file_name);
  }
  return "";
}

std::string_view base_name(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace feedctl::imports
