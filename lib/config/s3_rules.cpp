#include "config/s3_rules.hpp"

#include <algorithm>

#include "base/http_url.hpp"
#include "base/ip_address.hpp"

namespace feedctl::config {

namespace {

using Message = std::optional<std::string>;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool are_all_in(std::string_view text, std::string_view also_allowed) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_lower_or_digit(c) || also_allowed.find(c) != std::string_view::npos;
  });
}

Message validate_endpoint(std::string_view text) {
  if (text.empty()) return std::nullopt;
  try {
    const auto url = parse_http_url(text);
    if (url.path == "/" && text.find('?') == std::string_view::npos) return std::nullopt;
    return "has a path or query: expects only the server, such as http://127.0.0.1:9000; the "
           "bucket goes in media.s3_bucket";
  } catch (const UrlError& error) {
    return std::string(error.what()) + ": expects a server such as http://127.0.0.1:9000";
  }
}

// The general rules of S3 for the names of buckets.
Message validate_bucket(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool is_name = text.size() >= 3 && text.size() <= 63 && are_all_in(text, ".-") &&
                       is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
                       text.find("..") == std::string_view::npos && !IpAddress::parse(text);
  if (is_name) return std::nullopt;
  return "expects a bucket's name: 3 to 63 of a-z, 0-9, - and ., such as feedctl-media";
}

Message validate_key(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > ' ' && c < '\x7f' && c != '/' && c != ',' && c != '=';
  };
  if (text.size() <= 128 && std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  return "expects an access key: at most 128 visible characters without / , and =";
}

Message validate_region(std::string_view text) {
  if (!text.empty() && text.size() <= 64 && are_all_in(text, "-")) return std::nullopt;
  return "expects a region such as us-east-1";
}

}  // namespace

Message validate_s3(std::string_view rule, std::string_view text) {
  if (rule == "s3 endpoint") return validate_endpoint(text);
  if (rule == "s3 bucket") return validate_bucket(text);
  if (rule == "s3 key") return validate_key(text);
  return validate_region(text);
}

}  // namespace feedctl::config
