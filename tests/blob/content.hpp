#pragma once
// Contents of objects as files of a test.
#include <string>

#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "blob/blob_store.hpp"

namespace feedctl::blob {

// In memory.
class Content {
 public:
  explicit Content(const std::string& bytes);

  FileSlice all() const { return {file_.get(), 0, size_}; }
  FileSlice part(std::size_t offset, std::size_t size) const { return {file_.get(), offset, size}; }

 private:
  UniqueFd file_;
  std::size_t size_;
};

// All of it, by pread().
std::string read_object(const OpenObject& object);

// Bytes of which no two parts are alike.
std::string make_bytes(std::size_t size);

// Longer than any busy machine takes.
Deadline patient_deadline();

}  // namespace feedctl::blob
