#pragma once
// Contents of objects as files of a test.
#include <string>

#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "support/memory_file.hpp"

namespace feedctl::blob {

using support::MemoryFile;

std::string read_object(const OpenObject& object);

// Bytes of which no two parts are alike.
std::string make_bytes(std::size_t size);

// Longer than any busy machine takes.
Deadline long_deadline();

}  // namespace feedctl::blob
