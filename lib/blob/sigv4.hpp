#pragma once
// AWS Signature Version 4 for S3: signed headers, signed links and signed upload policies. Pure
// functions; any thread. Source: "Authenticating Requests (AWS Signature Version 4)" of the API
// reference of Amazon S3.
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace feedctl::blob {

struct Credentials {
  std::string key;
  Secret<std::string> secret;
  std::string region;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct RequestToSign {
  std::string method;
  std::string path;          // percent-encoded, as it is sent
  Fields query = {};         // not encoded
  Fields headers;            // names in lowercase, host among them; all are signed
  std::string payload_hash;  // in hex, or unsigned_payload
};

// Of links: their reader sends no body.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
// The SHA-256 of no bytes.
inline constexpr std::string_view empty_payload_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

// "20130524T000000Z", the value of x-amz-date.
std::string amz_date(Time now);
// "KEY/20130524/us-east-1/s3/aws4_request".
std::string credential(const Credentials& credentials, Time now);
// "a=1&b=x%20y", in the order of the encoded names.
std::string canonical_query(const Fields& query);

// The value of Authorization. x-amz-date is among the headers and says `now`.
std::string authorization(const Credentials& credentials, const RequestToSign& request, Time now);
// The query of a link that is valid for `ttl`: that of the request, and the signature.
std::string presigned_query(const Credentials& credentials, RequestToSign request, Time now,
                            std::chrono::seconds ttl);
// The value of x-amz-signature for a policy in base64.
std::string policy_signature(const Credentials& credentials, std::string_view policy, Time now);

}  // namespace feedctl::blob
