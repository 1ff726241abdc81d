#pragma once
// Signed requests to a bucket, repeated while the failure may pass and the deadline allows it. Only
// idempotent requests go through it. Thread-safe. Failures are Error(unavailable).
#include <optional>
#include <string>

#include "base/file_slice.hpp"
#include "blob/s3_location.hpp"
#include "blob/sigv4.hpp"
#include "http_client/client.hpp"

namespace feedctl::blob {

struct S3Request {
  std::string method;
  std::string key = {};  // "": the bucket
  Fields query = {};
  Fields headers = {};  // names in lowercase; they are signed, too
  std::optional<FileSlice> body = {};
  std::string payload_hash = std::string(empty_payload_hash);
  int save_to = -1;  // as http_client::Request::save_to
  std::size_t max_answer = 64 * 1024;
};

class S3Client {
 public:
  S3Client(S3Location location, Credentials credentials);

  // The last answer: any status but those that another attempt may better, until no attempt is
  // left.
  http_client::Response send(const S3Request& request, Deadline deadline) const;

 private:
  http_client::Response send_once(const S3Request& request, Deadline deadline) const;

  const S3Location location_;
  const Credentials credentials_;
  const http_client::Client http_;
};

}  // namespace feedctl::blob
