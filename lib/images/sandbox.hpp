#pragma once
// Limits that a process sets on itself before it decodes an image. For a process of one thread.
#include <cstddef>

namespace feedctl::images {

// The descriptors of a confined process.
inline constexpr int call_fd = 3;
inline constexpr int input_fd = 4;
inline constexpr int first_output_fd = 5;

// The memory, processor time and size of files are bounded. Only the system calls remain that the
// codecs need, on the descriptors above; any other kills the process. False: the kernel refuses.
// Builds with the address or thread sanitizer have neither the bound of memory nor the filter,
// since the sanitizers reserve terabytes of addresses and make calls of their own.
bool confine();

}  // namespace feedctl::images
