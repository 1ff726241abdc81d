#pragma once
// Reading of request bodies, in memory or in the unlinked temporary file that a large one is in.
// Thread-safe.
#include <cstddef>
#include <string>

#include "base/unique_fd.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// The body as the client sent it. Error(unavailable) where its file cannot be read: no descriptor
// is left, or the disk fails.
std::string read_body(const Request& request);

// The content of a body's file, by its path; the same error.
std::string read_body_file(const std::string& path);

// The body in a file to read by offset: its temporary file, opened once more, or a memfd with a
// copy of a body in memory. The caller's descriptor outlives the request. The same error.
UniqueFd open_body(const Request& request);

// Reads `size` bytes at `offset`; fewer only where the file ends. The same error.
std::size_t read_at(int fd, std::size_t offset, char* to, std::size_t size);

// What an operator can do about an errno of a body's file.
const char* body_file_hint(int error);

}  // namespace feedctl::http
