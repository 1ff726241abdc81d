// The fields of an upload form, and what its policy says.
#include "blob/s3_policy.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "blob/content_digest.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::blob;

namespace {

std::string value_of(const Fields& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? "there is no field" : found->second;
}

// base64 with padding to base64url.
std::string decode(std::string text) {
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return from_base64url(text).value();
}

}  // namespace

TEST_CASE("a form names one key, one type and a size, and says so in its policy") {
  const Credentials credentials{"KEY", Secret<std::string>("secret"), "eu-west-1"};
  const auto time = parse_rfc3339("2024-02-29T23:59:00.5Z").value();
  const auto fields = upload_fields(credentials, {"media", "quarantine/7", "image/png", 5'000'000},
                                    time, std::chrono::seconds{300});
  CHECK(value_of(fields, "key") == "quarantine/7");
  CHECK(value_of(fields, "Content-Type") == "image/png");
  const auto policy = value_of(fields, "policy");
  CHECK(decode(policy) ==
        R"({"expiration":"2024-03-01T00:04:00.000Z","conditions":[{"bucket":"media"},)"
        R"(["eq","$key","quarantine/7"],["eq","$Content-Type","image/png"],)"
        R"(["eq","$x-amz-algorithm","AWS4-HMAC-SHA256"],)"
        R"(["eq","$x-amz-credential","KEY/20240229/eu-west-1/s3/aws4_request"],)"
        R"(["eq","$x-amz-date","20240229T235900Z"],["content-length-range",1,5000000]]})");
  CHECK(value_of(fields, "x-amz-signature") == policy_signature(credentials, policy, time));
  CHECK(fields.size() == 7);
}
