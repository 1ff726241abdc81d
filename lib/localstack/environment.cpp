#include "localstack/environment.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

extern char** environ;

namespace feedctl::localstack {
namespace {

constexpr std::array<std::string_view, 16> neutral{
    "PATH", "HOME",     "USER",     "LOGNAME",         "SHELL",          "TMPDIR",
    "TZ",   "LANG",     "LANGUAGE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    "TERM", "NO_COLOR", "COLUMNS",  "JOURNAL_STREAM"};
constexpr std::array<std::string_view, 8> neutral_beginnings{
    "LC_", "LD_", "FAKETIME", "ASAN_", "LSAN_", "TSAN_", "UBSAN_", "GLIBC_"};

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

}  // namespace

bool is_neutral_variable(std::string_view name) {
  if (std::find(neutral.begin(), neutral.end(), name) != neutral.end()) return true;
  return std::any_of(neutral_beginnings.begin(), neutral_beginnings.end(),
                     [&](std::string_view start) { return name.substr(0, start.size()) == start; });
}

std::vector<std::string> reduce_environment(const std::function<bool(std::string_view)>& keep) {
  std::vector<std::string> removed;
  for (auto& name : all_names()) {
    if (is_neutral_variable(name) || keep(name)) continue;
    ::unsetenv(name.c_str());
    removed.push_back(std::move(name));
  }
  std::sort(removed.begin(), removed.end());
  return removed;
}

}  // namespace feedctl::localstack
