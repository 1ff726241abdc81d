#pragma once
// Memory that programs may still use. Plain functions.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace feedctl::support {

// The smaller of MemAvailable and what the limits of the own control groups leave; 0 if unknown.
std::uint64_t available_memory();

// What the limits of `group` and of the groups around it leave (control groups v2, mounted at
// `root`); nullopt if none has a limit. The page cache that the kernel drops first is not counted.
std::optional<std::uint64_t> cgroup_headroom(const std::filesystem::path& root,
                                             const std::string& group);

}  // namespace feedctl::support
