#pragma once
// Names the exhausted resource behind an exception. Allocates nothing.
#include <exception>
#include <new>
#include <system_error>

namespace feedctl {

// "memory", "a thread", "a file descriptor"; nullptr for any other exception.
inline const char* exhausted_resource(const std::exception& error) noexcept {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "memory";
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr) return nullptr;
  if (system->code() == std::errc::resource_unavailable_try_again) return "a thread";
  if (system->code() == std::errc::not_enough_memory) return "memory";
  const bool descriptor = system->code() == std::errc::too_many_files_open ||
                          system->code() == std::errc::too_many_files_open_in_system;
  return descriptor ? "a file descriptor" : nullptr;
}

}  // namespace feedctl
