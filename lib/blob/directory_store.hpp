#pragma once
// A blob store in a directory: a key is a path below it. A file is written under a temporary name,
// made durable and renamed, so that nobody ever reads a part of it. No symbolic link below the
// directory is followed. Listing removes what crashed writers left. What root makes belongs to the
// owner of the directory. Thread-safe; several processes may share the directory.
#include <string>

#include "blob/blob_store.hpp"
#include "blob/folder_names.hpp"

namespace feedctl::blob {

class DirectoryStore final : public BlobStore {
 public:
  // Makes the directory where only its last part is missing. Where it cannot be had, each call
  // fails.
  explicit DirectoryStore(std::string path);

  std::string name() const override { return "directory " + path_; }
  void put(const std::string& key, const FileSlice& content, const std::string& content_type,
           Deadline deadline) override;
  std::optional<OpenObject> open(const std::string& key, std::size_t max_size,
                                 Deadline deadline) override;
  std::optional<Object> head(const std::string& key, Deadline deadline) override;
  // Removes the directories that are empty then, too.
  void remove(const std::string& key, Deadline deadline) override;
  Listing list(const std::string& prefix, const std::string& after, std::size_t limit,
               Deadline deadline) override;
  std::optional<std::string> presigned_link(const std::string& key, Time now,
                                            std::chrono::seconds ttl) const override;
  std::optional<UploadForm> presigned_upload(const std::string& key,
                                             const std::string& content_type, std::size_t max_size,
                                             Time now, std::chrono::seconds ttl) const override;

 private:
  const std::string path_;
  FolderNames names_;
};

}  // namespace feedctl::blob
