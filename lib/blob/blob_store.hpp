#pragma once
// The blob store: named objects of bytes in a directory or in an S3 bucket. Only an object that was
// stored completely and durably is ever visible. Thread-safe. Failures of the store, also an
// expired deadline, are Error(unavailable).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::blob {

// Keys are relative paths of segments of [A-Za-z0-9._-]{1,128} divided by '/', at most 512 bytes,
// without "." and ".." segments. The program makes them; Error(internal) for any other.
void check_key(std::string_view key);
bool is_key(std::string_view key);
// The beginning of a key, which may end within a segment; Error(internal) for anything else.
void check_prefix(std::string_view prefix);

struct Object {
  std::string key;
  std::uint64_t size = 0;
  Time modified_at;
};

// A page of a listing. The order is that of the keys' bytes; some S3 servers sort the parts between
// the slashes one by one instead.
struct Listing {
  std::vector<Object> objects;
  std::optional<std::string> next;  // `after` of the next page; nullopt at the end
};

// An object opened for reading.
struct OpenObject {
  UniqueFd file;  // of the object itself, or of an unlinked temporary copy
  std::size_t size = 0;
};

// What a client sends to upload an object itself: a multipart form with `fields`, then `file`.
struct UploadForm {
  std::string url;
  std::vector<std::pair<std::string, std::string>> fields;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // "directory /var/lib/feedctl/media" or "s3 http://host:9000/bucket", for logs and doctor.
  virtual std::string name() const = 0;

  // Stores the object, or replaces it.
  virtual void put(const std::string& key, const FileSlice& content,
                   const std::string& content_type, Deadline deadline) = 0;
  // nullopt: there is no such object. Error(unavailable) also for one larger than `max_size`.
  virtual std::optional<OpenObject> open(const std::string& key, std::size_t max_size,
                                         Deadline deadline) = 0;
  virtual std::optional<Object> head(const std::string& key, Deadline deadline) = 0;
  // Removes the object where it exists.
  virtual void remove(const std::string& key, Deadline deadline) = 0;
  // At most `limit` (1 to 1000) objects whose keys begin with `prefix` and come after `after`.
  // Objects that are stored while page follows page may be missing.
  virtual Listing list(const std::string& prefix, const std::string& after, std::size_t limit,
                       Deadline deadline) = 0;

  // A link by which anybody reads the object for `ttl`; nullopt where the store has none, as a
  // directory, and the server sends the bytes itself.
  virtual std::optional<std::string> presigned_link(const std::string& key, Time now,
                                                    std::chrono::seconds ttl) const = 0;
  // A form that stores exactly this key, with this type and at most `max_size` bytes, until `ttl`
  // is over; nullopt as above.
  virtual std::optional<UploadForm> presigned_upload(const std::string& key,
                                                     const std::string& content_type,
                                                     std::size_t max_size, Time now,
                                                     std::chrono::seconds ttl) const = 0;
};

}  // namespace feedctl::blob
