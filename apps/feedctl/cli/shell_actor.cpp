#include "feedctl/cli/shell_actor.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace feedctl::cli {

namespace {

constexpr std::size_t max_user_name_size = 64;

bool is_user_name(const std::optional<std::string>& name) {
  const auto allowed = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '('; };
  return name && !name->empty() && name->size() <= max_user_name_size &&
         std::all_of(name->begin(), name->end(), allowed);
}

std::optional<std::string> environment_text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> name_of(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return std::string(found->pw_name);
}

}  // namespace

std::string shell_actor_name(const std::optional<std::string>& sudo_user,
                             const std::optional<std::string>& user, unsigned uid) {
  if (is_user_name(sudo_user)) return *sudo_user + " (shell)";
  if (is_user_name(user)) return *user + " (shell)";
  return "uid " + std::to_string(uid) + " (shell)";
}

audit::Actor shell_actor() {
  const auto uid = ::getuid();
  return {std::nullopt, shell_actor_name(environment_text("SUDO_USER"), name_of(uid), uid), ""};
}

}  // namespace feedctl::cli
