#pragma once
// Where a bucket is: its URL with the bucket in the path, or in the name of the host. A plain
// value.
#include <string>
#include <string_view>

namespace feedctl::blob {

class S3Location {
 public:
  // Error(config): `endpoint` is no URL of a server.
  S3Location(const std::string& endpoint, const std::string& bucket, bool is_path_style);

  const std::string& origin() const { return origin_; }  // "http://bucket.host:9000"
  const std::string& host() const { return host_; }      // the field Host
  // "/bucket/KEY", or "/KEY"; of the bucket itself where `key` is "".
  std::string path_of(std::string_view key) const;

 private:
  std::string origin_;
  std::string host_;
  std::string path_;  // "/" or "/bucket/"
};

}  // namespace feedctl::blob
