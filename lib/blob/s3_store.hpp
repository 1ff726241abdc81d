#pragma once
// A blob store in a bucket of an S3 server. Each content is sent with its SHA-256 and its MD5,
// which the server checks. The server has a clock within 15 minutes of ours. Thread-safe.
#include <string>

#include "blob/blob_store.hpp"
#include "blob/s3_client.hpp"

namespace feedctl::blob {

struct S3Options {
  std::string endpoint;         // "http://127.0.0.1:9000"
  std::string public_endpoint;  // in links and forms; "": endpoint
  std::string bucket;
  bool is_path_style = true;
  Credentials credentials;
};

class S3Store final : public BlobStore {
 public:
  // Asks no server. Error(config): an endpoint is no URL.
  explicit S3Store(const S3Options& options);

  std::string name() const override { return name_; }
  void put(const std::string& key, const FileSlice& content, const std::string& content_type,
           Deadline deadline) override;
  std::optional<OpenObject> open(const std::string& key, std::size_t max_size,
                                 Deadline deadline) override;
  std::optional<Object> head(const std::string& key, Deadline deadline) override;
  void remove(const std::string& key, Deadline deadline) override;
  Listing list(const std::string& prefix, const std::string& after, std::size_t limit,
               Deadline deadline) override;
  std::optional<std::string> presigned_link(const std::string& key, Time now,
                                            std::chrono::seconds ttl) const override;
  std::optional<UploadForm> presigned_upload(const std::string& key,
                                             const std::string& content_type, std::size_t max_size,
                                             Time now, std::chrono::seconds ttl) const override;

 private:
  const std::string name_;
  const std::string bucket_;
  const Credentials credentials_;
  const S3Location public_location_;
  const S3Client client_;
};

}  // namespace feedctl::blob
