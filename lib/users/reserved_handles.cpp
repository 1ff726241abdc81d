#include "users/reserved_handles.hpp"

#include <algorithm>
#include <string>

namespace feedctl::users {

namespace {

// docs/auth.md lists them, too.
constexpr std::string_view reserved_handles[] = {
    "abuse",    "admin",     "administrator", "anonymous", "api",        "auth",      "contact",
    "everyone", "feedctl",   "help",          "info",      "me",         "mod",       "moderator",
    "null",     "official",  "operator",      "owner",     "postmaster", "root",      "security",
    "staff",    "superuser", "support",       "system",    "team",       "undefined", "webmaster"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_reserved_handle(std::string_view handle) {
  std::string word(handle);
  std::erase(word, '_');
  while (!word.empty() && is_digit(word.back())) word.pop_back();
  return std::find(std::begin(reserved_handles), std::end(reserved_handles), word) !=
         std::end(reserved_handles);
}

}  // namespace feedctl::users
