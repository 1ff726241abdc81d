#pragma once
// Reading of request bodies, in memory or in the unlinked temporary file that a large one is in.
// Thread-safe.
#include <string>

#include "http/message.hpp"

namespace feedctl::http {

// The body as the client sent it. Error(unavailable) where its file cannot be read: no descriptor
// is left, or the disk fails.
std::string read_body(const Request& request);

// The content of a body's file, by its path; the same error.
std::string read_body_file(const std::string& path);

// What an operator can do about an errno of a body's file.
const char* body_file_hint(int error);

}  // namespace feedctl::http
