#pragma once
// The policy of an upload form of S3: which object it may store, of which type and size, until
// when. Pure function; any thread. Source: "Creating a POST policy" of the API reference of Amazon
// S3.
#include <chrono>
#include <cstddef>
#include <string>

#include "blob/sigv4.hpp"

namespace feedctl::blob {

struct UploadPolicy {
  std::string bucket;
  std::string key;
  std::string content_type;
  std::size_t max_size = 0;
};

// All fields of the form but the file, which follows them.
Fields upload_fields(const Credentials& credentials, const UploadPolicy& policy, Time now,
                     std::chrono::seconds ttl);

}  // namespace feedctl::blob
