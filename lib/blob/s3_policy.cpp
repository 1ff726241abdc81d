#include "blob/s3_policy.hpp"

#include <cstdint>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"

namespace feedctl::blob {

namespace {

// S3 wants milliseconds.
std::string to_expiration(Time at) {
  auto text = rfc3339(Time{std::chrono::floor<std::chrono::seconds>(at)});
  text.insert(text.size() - 1, ".000");
  return text;
}

std::string to_json(const UploadPolicy& policy, const Fields& fields, Time expires_at) {
  std::string text;
  json::Writer out(text);
  out.open_object().text("expiration", to_expiration(expires_at)).key("conditions").open_array();
  out.open_object().text("bucket", policy.bucket).close_object();
  for (const auto& [name, value] : fields)
    out.open_array().text("eq").text("$" + name).text(value).close_array();
  out.open_array().text("content-length-range").integer(std::int64_t{1});
  out.integer(static_cast<std::int64_t>(policy.max_size)).close_array();
  out.close_array().close_object();
  return text;
}

}  // namespace

Fields upload_fields(const Credentials& credentials, const UploadPolicy& policy, Time now,
                     std::chrono::seconds ttl) {
  Fields fields{{"key", policy.key},
                {"Content-Type", policy.content_type},
                {"x-amz-algorithm", std::string(algorithm)},
                {"x-amz-credential", credential(credentials, now)},
                {"x-amz-date", amz_date(now)}};
  const auto encoded = base64(to_json(policy, fields, now + ttl));
  fields.emplace_back("policy", encoded);
  fields.emplace_back("x-amz-signature", policy_signature(credentials, encoded, now));
  return fields;
}

}  // namespace feedctl::blob
