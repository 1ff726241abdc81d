#include "blob/s3_error.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "blob/xml.hpp"
#include "http_client/server_time.hpp"

namespace feedctl::blob {

namespace {

constexpr const char* clock_code = "RequestTimeTooSkewed";
// S3 allows 15 minutes.
constexpr std::chrono::minutes max_clock_offset{14};

std::string clock_failure_text(std::optional<std::chrono::seconds> offset) {
  std::string text = "S3 refuses our requests because this machine's clock is wrong";
  if (!offset) return text;
  const auto seconds = offset->count();
  return text + ": it is " + std::to_string(seconds < 0 ? -seconds : seconds) + " s " +
         (seconds < 0 ? "ahead of" : "behind") + " the server's";
}

// Of the server's clock to ours.
std::optional<std::chrono::seconds> clock_offset(const http_client::Response& response, Time now) {
  const auto theirs = http_client::server_time(response);
  if (!theirs) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*theirs - now);
}

bool is_clock_wrong(const http_client::Response& response, const std::string& code,
                    std::optional<std::chrono::seconds> offset) {
  if (code == clock_code) return true;
  return response.status == 403 && offset && std::chrono::abs(*offset) > max_clock_offset;
}

std::string hint_for(int status, const std::string& code) {
  if (code == "NoSuchBucket") return "make the bucket, or correct media.s3_bucket";
  if (code == "InvalidAccessKeyId" || code == "XAdminUserNotFound") return "correct media.s3_key";
  if (code == "SignatureDoesNotMatch") return "correct media.s3_secret";
  if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" || status == 301 ||
      status == 307)
    return "correct media.s3_region and media.s3_endpoint";
  if (code == "EntityTooLarge" || status == 413) return "raise the limit of the S3 server";
  if (code == "XMinioStorageFull" || status == 507) return "make room on the S3 server";
  if (status == 401 || status == 403)
    return "correct media.s3_key and media.s3_secret, and let that key get, put, delete and list "
           "the objects of media.s3_bucket";
  return "feedctl doctor";
}

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
  });
}

}  // namespace

std::string s3_code(const http_client::Response& response) {
  if (response.body.empty()) return "";
  try {
    const auto root = parse_xml(response.body);
    std::string code(root.text_of("Code"));
    return root.name == "Error" && is_code(code) ? code : "";
  } catch (const XmlError&) {
    return "";
  }
}

bool is_transient(const http_client::Response& response) {
  constexpr int statuses[] = {500, 502, 503, 504, 408, 429};
  return std::count(std::begin(statuses), std::end(statuses), response.status) != 0 ||
         (response.status == 400 && s3_code(response) == "RequestTimeout");
}

Error s3_failure(const std::string& what, const http_client::Response& response, Time now) {
  const auto code = s3_code(response);
  const auto offset = clock_offset(response, now);
  if (is_clock_wrong(response, code, offset)) {
    return Error(ErrorCode::unavailable, clock_failure_text(offset))
        .with_hint("timedatectl set-ntp true");
  }
  const auto status = std::to_string(response.status);
  return Error(ErrorCode::unavailable,
               "S3 did not " + what + ": status " + status + (code.empty() ? "" : ", " + code))
      .with_hint(hint_for(response.status, code));
}

}  // namespace feedctl::blob
