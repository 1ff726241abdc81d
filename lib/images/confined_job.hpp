#pragma once
// The work of a confined process: one request, then the end of the process.
#include <span>

#include "images/wire.hpp"

namespace feedctl::images {

// `fds`: the call's socket, the image, the files for the result. For a process of one thread that
// has just been forked.
[[noreturn]] void run_confined(const Request& request, std::span<const UniqueFd> fds);

}  // namespace feedctl::images
