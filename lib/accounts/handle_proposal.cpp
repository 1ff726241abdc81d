#include "accounts/handle_proposal.hpp"

#include "base/ascii.hpp"
#include "base/display_text.hpp"
#include "base/encoding.hpp"
#include "users/reserved_handles.hpp"
#include "users/users.hpp"

namespace feedctl::accounts {

namespace {

constexpr int last_number = 9;
constexpr int random_candidates = 4;

bool is_handle_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Other ASCII characters become one underscore between two parts; bytes of other scripts vanish.
std::string to_handle(std::string_view text) {
  std::string handle;
  bool is_gap = false;
  for (const char original : text) {
    const char c = to_lower(original);
    if (static_cast<unsigned char>(c) >= 0x80) continue;
    if (!is_handle_char(c)) {
      is_gap = !handle.empty();
      continue;
    }
    if (is_gap) handle += '_';
    is_gap = false;
    handle += c;
  }
  return handle.substr(0, users::max_handle_length);
}

std::string with_suffix(const std::string& handle, const std::string& suffix) {
  return handle.substr(0, users::max_handle_length - suffix.size()) + suffix;
}

std::string random_suffix() {
  std::string suffix = "_";
  for (const char byte : random_bytes(4)) append_hex_byte(suffix, static_cast<unsigned char>(byte));
  return suffix;
}

}  // namespace

std::string propose_handle(const oidc::Profile& profile) {
  // Some providers give an e-mail address as the user name.
  const auto user_name = profile.preferred_username.substr(0, profile.preferred_username.find('@'));
  const auto local_part = profile.email.substr(0, profile.email.find('@'));
  for (const auto& text : {user_name, local_part, profile.name}) {
    auto handle = to_handle(text);
    if (!handle.empty() && !users::is_reserved_handle(handle)) return handle;
  }
  return "user";
}

std::vector<std::string> handle_candidates(const std::string& handle) {
  std::vector<std::string> candidates{handle};
  for (int number = 2; number <= last_number; ++number)
    candidates.push_back(with_suffix(handle, "_" + std::to_string(number)));
  for (int i = 0; i < random_candidates; ++i)
    candidates.push_back(with_suffix(handle, random_suffix()));
  return candidates;
}

std::string display_name(const oidc::Profile& profile) {
  return validate_name(profile.name, users::max_name_length) ? "" : profile.name;
}

}  // namespace feedctl::accounts
