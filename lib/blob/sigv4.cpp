#include "blob/sigv4.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/hmac_sha256.hpp"
#include "base/url.hpp"

namespace feedctl::blob {

namespace {

std::string_view to_view(const Sha256& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(const Sha256& bytes) {
  std::string text;
  for (const auto byte : bytes) append_hex_byte(text, byte);
  return text;
}

std::string date_of(Time now) {
  return amz_date(now).substr(0, 8);
}

std::string scope(const Credentials& credentials, Time now) {
  return date_of(now) + "/" + credentials.region + "/s3/aws4_request";
}

std::string sign(const Credentials& credentials, Time now, std::string_view text) {
  const auto date = hmac_sha256("AWS4" + credentials.secret.reveal(), date_of(now));
  const auto region = hmac_sha256(to_view(date), credentials.region);
  const auto service = hmac_sha256(to_view(region), "s3");
  const auto key = hmac_sha256(to_view(service), "aws4_request");
  return to_hex(hmac_sha256(to_view(key), text));
}

Fields sorted(Fields fields) {
  std::sort(fields.begin(), fields.end());
  return fields;
}

// Leading and trailing blanks do not count.
std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string signed_headers(const Fields& headers) {
  std::string names;
  for (const auto& [name, value] : sorted(headers))
    names.append(names.empty() ? "" : ";").append(name);
  return names;
}

std::string canonical_request(const RequestToSign& request) {
  std::string text = request.method + "\n" + request.path + "\n";
  text.append(canonical_query(request.query)).append("\n");
  for (const auto& [name, value] : sorted(request.headers))
    text.append(name).append(":").append(trimmed(value)).append("\n");
  return text + "\n" + signed_headers(request.headers) + "\n" + request.payload_hash;
}

std::string signature(const Credentials& credentials, const RequestToSign& request, Time now) {
  std::string text(algorithm);
  text.append("\n").append(amz_date(now)).append("\n").append(scope(credentials, now));
  text.append("\n").append(sha256_hex(canonical_request(request)));
  return sign(credentials, now, text);
}

}  // namespace

std::string amz_date(Time now) {
  std::string text;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  for (const char c : rfc3339(Time{seconds})) {
    if (c != '-' && c != ':') text += c;
  }
  return text;
}

std::string credential(const Credentials& credentials, Time now) {
  return credentials.key + "/" + scope(credentials, now);
}

std::string canonical_query(const Fields& query) {
  Fields encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::string text;
  for (const auto& [name, value] : sorted(std::move(encoded)))
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  return text;
}

std::string authorization(const Credentials& credentials, const RequestToSign& request, Time now) {
  std::string text(algorithm);
  text.append(" Credential=").append(credential(credentials, now));
  text.append(",SignedHeaders=").append(signed_headers(request.headers));
  return text.append(",Signature=").append(signature(credentials, request, now));
}

std::string presigned_query(const Credentials& credentials, RequestToSign request, Time now,
                            std::chrono::seconds ttl) {
  request.payload_hash = unsigned_payload;
  request.query.emplace_back("X-Amz-Algorithm", algorithm);
  request.query.emplace_back("X-Amz-Credential", credential(credentials, now));
  request.query.emplace_back("X-Amz-Date", amz_date(now));
  request.query.emplace_back("X-Amz-Expires", std::to_string(ttl.count()));
  request.query.emplace_back("X-Amz-SignedHeaders", signed_headers(request.headers));
  return canonical_query(request.query) +
         "&X-Amz-Signature=" + signature(credentials, request, now);
}

std::string policy_signature(const Credentials& credentials, std::string_view policy, Time now) {
  return sign(credentials, now, policy);
}

}  // namespace feedctl::blob
