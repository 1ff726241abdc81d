#pragma once
// Sends a part of a file over a socket. Pure functions.
#include <sys/types.h>

#include <cstddef>

#include "http/message.hpp"

namespace feedctl::http {

// Sends up to `max` bytes of the body from `position` on: the number of bytes that the socket took,
// or -1 and errno as send(2) has it. EIO: the file is shorter than the body. Without a copy to
// memory where the file system can do that.
ssize_t send_file_piece(int socket, const FileBody& body, std::size_t position, std::size_t max);

// Asks the kernel to read the beginning of the body from the disk, so that the event loop need not
// wait for it. The kernel reads ahead afterwards.
void prefetch_file(const FileBody& body);

}  // namespace feedctl::http
