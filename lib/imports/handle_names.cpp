#include "imports/handle_names.hpp"

#include <algorithm>

#include "users/reserved_handles.hpp"
#include "users/users.hpp"

namespace feedctl::imports {

namespace {

constexpr int max_candidates = 1000;

bool is_handle_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string with_suffix(std::string_view handle, const std::string& suffix) {
  const auto room = users::max_handle_length - std::min(users::max_handle_length, suffix.size());
  return std::string(handle.substr(0, room)) + suffix;
}

}  // namespace

std::string to_valid_handle(std::string_view external_handle) {
  if (!external_handle.empty() && external_handle.front() == '@') external_handle.remove_prefix(1);
  external_handle = external_handle.substr(0, external_handle.find('@'));
  std::string handle;
  for (const char c : external_handle) {
    if (is_handle_character(to_lower(c)))
      handle += to_lower(c);
    else if (!handle.empty() && handle.back() != '_')
      handle += '_';
  }
  handle.resize(std::min(handle.size(), users::max_handle_length));
  if (handle.find_first_not_of('_') == std::string::npos) return "user";
  return handle;
}

bool is_valid_handle(std::string_view handle) {
  return !handle.empty() && handle.size() <= users::max_handle_length &&
         std::all_of(handle.begin(), handle.end(), is_handle_character);
}

std::vector<std::string> handle_candidates(std::string_view external_handle,
                                           std::string_view network) {
  const auto handle = to_valid_handle(external_handle);
  const auto with_network = "_" + std::string(network);
  std::vector<std::string> candidates{handle, with_suffix(handle, with_network)};
  for (int i = 2; i < max_candidates; ++i)
    candidates.push_back(with_suffix(handle, with_network + "_" + std::to_string(i)));
  std::erase_if(candidates, [](const auto& name) { return users::is_reserved_handle(name); });
  return candidates;
}

}  // namespace feedctl::imports
