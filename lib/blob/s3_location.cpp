#include "blob/s3_location.hpp"

#include "base/error.hpp"
#include "base/http_url.hpp"

namespace feedctl::blob {

namespace {

HttpUrl parse_endpoint(const std::string& text) {
  try {
    return parse_http_url(text);
  } catch (const UrlError& error) {
    throw Error(ErrorCode::config, std::string("the endpoint of S3 ") + error.what())
        .with_hint("media.s3_endpoint: http://127.0.0.1:9000");
  }
}

}  // namespace

S3Location::S3Location(const std::string& endpoint, const std::string& bucket, bool is_path_style) {
  auto url = parse_endpoint(endpoint);
  if (!is_path_style) url.host = bucket + "." + url.host;
  origin_ = url.origin();
  host_ = url.authority();
  path_ = is_path_style ? "/" + bucket + "/" : "/";
}

std::string S3Location::path_of(std::string_view key) const {
  return path_ + std::string(key);
}

}  // namespace feedctl::blob
