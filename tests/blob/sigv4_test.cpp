// The examples that AWS publishes for Signature Version 4 of S3.
#include "blob/sigv4.hpp"

#include "base/encoding.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::blob;

namespace {

const Credentials credentials{"AKIAIOSFODNN7EXAMPLE",
                              Secret<std::string>("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                              "us-east-1"};
const Time example_time = parse_rfc3339("2013-05-24T00:00:00Z").value();

RequestToSign example(const std::string& method, const std::string& path,
                      const std::string& payload_hash) {
  RequestToSign request{method, path, {}, {}, payload_hash};
  request.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                     {"x-amz-date", "20130524T000000Z"},
                     {"x-amz-content-sha256", payload_hash}};
  return request;
}

std::string expected(const std::string& signed_headers, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
         "SignedHeaders=" +
         signed_headers + ",Signature=" + signature;
}

const std::string no_payload(empty_payload_hash);

}  // namespace

TEST_CASE("the hash of an empty payload is that of no bytes") {
  CHECK(empty_payload_hash == sha256_hex(""));
}

TEST_CASE("AWS: GET of a part of an object") {
  auto request = example("GET", "/test.txt", no_payload);
  request.headers.emplace_back("range", "bytes=0-9");
  CHECK(authorization(credentials, request, example_time) ==
        expected("host;range;x-amz-content-sha256;x-amz-date",
                 "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_CASE("AWS: PUT of an object") {
  auto request = example("PUT", "/test%24file.text", sha256_hex("Welcome to Amazon S3."));
  request.headers.emplace_back("date", "Fri, 24 May 2013 00:00:00 GMT");
  request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  CHECK(authorization(credentials, request, example_time) ==
        expected("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                 "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_CASE("AWS: GET of the lifecycle of a bucket") {
  auto request = example("GET", "/", no_payload);
  request.query = {{"lifecycle", ""}};
  CHECK(authorization(credentials, request, example_time) ==
        expected("host;x-amz-content-sha256;x-amz-date",
                 "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_CASE("AWS: a list of objects") {
  auto request = example("GET", "/", no_payload);
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  CHECK(authorization(credentials, request, example_time) ==
        expected("host;x-amz-content-sha256;x-amz-date",
                 "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST_CASE("AWS: a link to an object") {
  RequestToSign request{"GET", "/test.txt", {}, {}, ""};
  request.headers = {{"host", "examplebucket.s3.amazonaws.com"}};
  CHECK(presigned_query(credentials, request, example_time, std::chrono::hours{24}) ==
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("AWS: the policy of an upload form") {
  const std::string policy =
      "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n"
      "  \"conditions\": [\r\n"
      "    {\"bucket\": \"sigv4examplebucket\"},\r\n"
      "    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n"
      "    {\"acl\": \"public-read\"},\r\n"
      "    {\"success_action_redirect\": "
      "\"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n"
      "    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n"
      "    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n"
      "    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n"
      "    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n"
      "\r\n"
      "    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n"
      "    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n"
      "    {\"x-amz-date\": \"20151229T000000Z\" }\r\n"
      "  ]\r\n"
      "}";
  CHECK(policy_signature(credentials, base64(policy),
                         parse_rfc3339("2015-12-29T00:00:00Z").value()) ==
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
}

TEST_CASE("a date has no fraction of a second, and a query the order of its encoded names") {
  CHECK(amz_date(example_time + std::chrono::microseconds{999'999}) == "20130524T000000Z");
  CHECK(canonical_query({{"b", "x y/\xc3\xa4"}, {"a", "2"}, {"a", "1"}, {"a-", "~"}}) ==
        "a=1&a=2&a-=~&b=x%20y%2F%C3%A4");
}

TEST_CASE("blanks around a value are not signed") {
  auto request = example("GET", "/test.txt", no_payload);
  const auto plain = authorization(credentials, request, example_time);
  request.headers[0].second = "  examplebucket.s3.amazonaws.com ";
  CHECK(authorization(credentials, request, example_time) == plain);
}

TEST_CASE("base64 has padding") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfb") == "//77");
}
