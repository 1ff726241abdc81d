#include "blob/s3_store.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "blob/content_digest.hpp"
#include "blob/s3_error.hpp"
#include "blob/s3_listing.hpp"
#include "blob/s3_policy.hpp"
#include "http_client/server_time.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t max_list_size = std::size_t{4} << 20;

UniqueFd make_object_file() {
  auto file = make_memory_file("feedctl-object");
  if (!file.is_open()) throw Error(ErrorCode::unavailable, "no memory for a stored object");
  return file;
}

std::optional<std::uint64_t> content_length(const http_client::Response& response) {
  const auto text = response.header("content-length");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return size;
}

// There is no such object, as opposed to no such bucket, no such account, or another kind of
// server.
bool is_missing(const http_client::Response& response) {
  return response.status == 404 && (response.body.empty() || s3_code(response) == "NoSuchKey");
}

// Without any of both an answer that was cut short looks whole.
bool has_known_end(const http_client::Response& response) {
  return content_length(response) || !response.header("transfer-encoding").empty();
}

Error refused(const std::string& what, const http_client::Response& response) {
  return s3_failure(what, response, now());
}

}  // namespace

S3Store::S3Store(const S3Options& options)
    : name_("s3 " + options.endpoint + "/" + options.bucket),
      bucket_(options.bucket),
      credentials_(options.credentials),
      public_location_(options.public_endpoint.empty() ? options.endpoint : options.public_endpoint,
                       options.bucket, options.is_path_style),
      client_(S3Location(options.endpoint, options.bucket, options.is_path_style),
              options.credentials) {}

void S3Store::put(const std::string& key, const FileSlice& content, const std::string& content_type,
                  Deadline deadline) {
  check_key(key);
  const auto digest = digest_of(content);
  S3Request request{.method = "PUT", .key = key};
  request.headers.emplace_back("content-type", content_type);
  if (!digest.md5_base64.empty()) request.headers.emplace_back("content-md5", digest.md5_base64);
  request.body = content;
  request.payload_hash = digest.sha256_hex;
  const auto response = client_.send(request, deadline);
  if (!response.is_success()) throw refused("store an object", response);
}

std::optional<OpenObject> S3Store::open(const std::string& key, std::size_t max_size,
                                        Deadline deadline) {
  check_key(key);
  auto file = make_object_file();
  S3Request request{.method = "GET", .key = key};
  request.save_to = file.get();
  request.max_answer = std::max(max_size + 1, request.max_answer);  // which holds an error
  const auto response = client_.send(request, deadline);
  if (is_missing(response)) return std::nullopt;
  if (response.status != 200) throw refused("give an object", response);
  if (!has_known_end(response))
    throw Error(ErrorCode::unavailable, "S3 gives an object without its size");
  if (response.saved_size > max_size)
    throw Error(ErrorCode::unavailable, "a stored object is larger than expected");
  return OpenObject{std::move(file), response.saved_size};
}

std::optional<Object> S3Store::head(const std::string& key, Deadline deadline) {
  check_key(key);
  const auto response = client_.send({.method = "HEAD", .key = key}, deadline);
  if (response.status == 404) {
    list(key, "", 1, deadline);  // fails where the bucket is missing: an answer to HEAD has no code
    return std::nullopt;
  }
  if (response.status != 200) throw refused("show an object", response);
  const auto size = content_length(response);
  const auto modified_at = http_client::parse_http_date(response.header("last-modified"));
  if (!size || !modified_at)
    throw Error(ErrorCode::unavailable, "S3 shows an object without its size or time");
  return Object{key, *size, *modified_at};
}

void S3Store::remove(const std::string& key, Deadline deadline) {
  check_key(key);
  const auto response = client_.send({.method = "DELETE", .key = key}, deadline);
  if (!response.is_success() && !is_missing(response)) throw refused("remove an object", response);
}

Listing S3Store::list(const std::string& prefix, const std::string& after, std::size_t limit,
                      Deadline deadline) {
  check_prefix(prefix);
  S3Request request{.method = "GET"};
  request.query = {{"list-type", "2"}, {"max-keys", std::to_string(limit)}};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!after.empty()) request.query.emplace_back("start-after", after);
  request.max_answer = max_list_size;
  const auto response = client_.send(request, deadline);
  if (response.status != 200) throw refused("list objects", response);
  auto listing = parse_listing(response.body);
  if (listing.next == after) {
    throw Error(ErrorCode::unavailable, "S3 gives the same part of a list again and again")
        .with_hint("media.s3_endpoint must know ListObjectsV2 with start-after");
  }
  return listing;
}

std::optional<std::string> S3Store::presigned_link(const std::string& key, Time now,
                                                   std::chrono::seconds ttl) const {
  check_key(key);
  RequestToSign request{"GET", public_location_.path_of(key), {}, {}, ""};
  request.headers.emplace_back("host", public_location_.host());
  return public_location_.origin() + request.path + "?" +
         presigned_query(credentials_, request, now, ttl);
}

std::optional<UploadForm> S3Store::presigned_upload(const std::string& key,
                                                    const std::string& content_type,
                                                    std::size_t max_size, Time now,
                                                    std::chrono::seconds ttl) const {
  check_key(key);
  return UploadForm{public_location_.origin() + public_location_.path_of(""),
                    upload_fields(credentials_, {bucket_, key, content_type, max_size}, now, ttl)};
}

}  // namespace feedctl::blob
