#include "metrics/textfile.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::metrics {

namespace {

constexpr std::size_t max_previous_bytes = std::size_t{1} << 20;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

template <typename OnLine>
void for_each_line(std::string_view text, OnLine on_line) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    on_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Collects the lines of each family. A family begins with its "# HELP name ..".
class Families {
 public:
  explicit Families(std::string_view text) {
    for_each_line(text, [this](std::string_view line) { add(line); });
  }
  const std::vector<std::pair<std::string, std::string>>& list() const { return families_; }
  bool has(std::string_view name) const {
    return std::any_of(families_.begin(), families_.end(),
                       [&](const auto& family) { return family.first == name; });
  }

 private:
  void add(std::string_view line) {
    constexpr std::string_view help = "# HELP ", type = "# TYPE ";
    if (starts_with(line, help)) {
      const auto name = line.substr(help.size());
      families_.emplace_back(name.substr(0, name.find(' ')), "");
    }
    if (families_.empty()) return;
    const auto& name = families_.back().first;
    const bool belongs = starts_with(line, help) || starts_with(line, name) ||
                         starts_with(line, std::string(type) + name + " ");
    if (belongs) families_.back().second.append(line).append("\n");
  }

  std::vector<std::pair<std::string, std::string>> families_;
};

std::string read_previous(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) return "";
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  return text.size() > max_previous_bytes ? "" : text;
}

}  // namespace

std::string exposition_text(std::span<const std::string_view> prefixes) {
  const auto all = exposition_text();
  std::string text;
  const Families families(all);
  for (const auto& [name, lines] : families.list()) {
    const auto matches = [&name = name](std::string_view prefix) {
      return starts_with(name, prefix);
    };
    if (std::any_of(prefixes.begin(), prefixes.end(), matches)) text += lines;
  }
  return text;
}

std::string merge_families(std::string_view text, std::string_view previous) {
  const Families fresh(text), earlier(previous);
  std::map<std::string, std::string> merged;
  for (const auto& [name, lines] : fresh.list()) merged[name] = lines;
  for (const auto& [name, lines] : earlier.list()) merged.try_emplace(name, lines);
  std::string out;
  for (const auto& family : merged) out += family.second;
  return out;
}

void write_textfile(const std::string& path, std::span<const std::string_view> prefixes) {
  // Of this process alone: two runs at once must not write into one file.
  const std::string unfinished = path + "." + std::to_string(::getpid()) + ".unfinished";
  std::ofstream file(unfinished);
  file << merge_families(exposition_text(prefixes), read_previous(path));
  file.close();
  std::error_code failure;
  if (file) std::filesystem::rename(unfinished, path, failure);
  if (file && !failure) return;
  std::filesystem::remove(unfinished, failure);
  throw Error(ErrorCode::failed, "cannot write " + path)
      .with_hint("name a file in a folder that this user may write to");
}

}  // namespace feedctl::metrics
