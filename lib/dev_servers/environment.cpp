#include "dev_servers/environment.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

extern char** environ;

namespace feedctl::dev_servers {
namespace {

constexpr std::array<std::string_view, 16> allowed_names{
    "PATH", "HOME",     "USER",     "LOGNAME",         "SHELL",          "TMPDIR",
    "TZ",   "LANG",     "LANGUAGE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    "TERM", "NO_COLOR", "COLUMNS",  "JOURNAL_STREAM"};
constexpr std::array<std::string_view, 8> allowed_prefixes{"LC_",   "LD_",   "FAKETIME", "ASAN_",
                                                           "LSAN_", "TSAN_", "UBSAN_",   "GLIBC_"};

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

}  // namespace

bool is_allowed_variable(std::string_view name) {
  if (std::find(allowed_names.begin(), allowed_names.end(), name) != allowed_names.end())
    return true;
  return std::any_of(allowed_prefixes.begin(), allowed_prefixes.end(),
                     [&](std::string_view start) { return name.substr(0, start.size()) == start; });
}

std::vector<std::string> sanitize_environment(const std::function<bool(std::string_view)>& keep) {
  std::vector<std::string> removed;
  for (auto& name : environment_names()) {
    if (is_allowed_variable(name) || keep(name)) continue;
    ::unsetenv(name.c_str());
    removed.push_back(std::move(name));
  }
  std::sort(removed.begin(), removed.end());
  return removed;
}

}  // namespace feedctl::dev_servers
