#pragma once
// What this machine has. Plain functions; thread-safe.
#include <string>

namespace feedctl::cli {

// Bytes of the file system that holds `folder`, used and free; 0: unknown.
double disk_bytes(const std::string& folder);
// Bytes of it that a service may still write; 0: unknown.
double free_disk_bytes(const std::string& folder);
// Physical memory, or the limit of the own control group if it is smaller; 0: unknown.
double machine_memory_bytes();

}  // namespace feedctl::cli
