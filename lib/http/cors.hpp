#pragma once
// Cross-origin rules: exact origins or "*", never credentials. Thread-safe.
#include <string>
#include <string_view>
#include <vector>

#include "base/current.hpp"
#include "http/message.hpp"

namespace feedctl::http {

class Cors {
 public:
  // However they are spelled: "https://Example.org:443" is https://example.org.
  explicit Cors(const std::vector<std::string>& origins) : origins_(normalized(origins)) {}
  void replace(const std::vector<std::string>& origins) { origins_.replace(normalized(origins)); }
  static bool is_preflight(const Request& request);
  // 204, which a foreign origin cannot use.
  Response preflight(const Request& request) const;
  // Adds the fields of an answer to a request from that origin (nullptr: it named none) by
  // add(name, value).
  template <typename Add>
  void decorate(const std::string_view* origin, Add add) const {
    if (!allow_origin(origin, add)) return;
    add("Access-Control-Expose-Headers",
        "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
        "X-Feed-Token, X-Request-Id");
  }

 private:
  static std::vector<std::string> normalized(std::vector<std::string> origins);
  static bool has(const std::vector<std::string>& origins, std::string_view origin);
  // Adds Access-Control-Allow-Origin where the origin may read; says whether it did.
  template <typename Add>
  bool allow_origin(const std::string_view* origin, Add add) const {
    const auto& origins = origins_.get();
    if (origins.empty()) return false;
    const bool any = has(origins, "*");
    if (!any) add("Vary", "Origin");
    if (origin == nullptr || (!any && !has(origins, *origin))) return false;
    add("Access-Control-Allow-Origin", any ? std::string_view("*") : *origin);
    return true;
  }

  Current<std::vector<std::string>> origins_;
};

}  // namespace feedctl::http
