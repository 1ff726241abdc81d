#pragma once
// Cross-origin resource sharing (the Fetch standard): exact origins or "*", never credentials.
// Thread-safe, also while replace() runs.
#include <string>
#include <string_view>
#include <vector>

#include "base/reloadable.hpp"
#include "http/message.hpp"

namespace feedctl::http {

class Cors {
 public:
  // Normalizes the origins: "https://Example.org:443" is https://example.org.
  explicit Cors(const std::vector<std::string>& origins) : origins_(normalize(origins)) {}
  void replace(const std::vector<std::string>& origins) { origins_.replace(normalize(origins)); }
  static bool is_preflight(const Request& request);
  // 204, without CORS fields for an origin that is not allowed.
  Response preflight(const Request& request) const;
  // Calls add(name, value) for each CORS field of an answer to that origin; nullptr: the request
  // has none.
  template <typename Add>
  void add_headers(const std::string_view* origin, Add add) const {
    if (!allow_origin(origin, add)) return;
    add("Access-Control-Expose-Headers",
        "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
        "X-Feed-Token, X-Request-Id");
  }

 private:
  static std::vector<std::string> normalize(std::vector<std::string> origins);
  static bool contains(const std::vector<std::string>& origins, std::string_view origin);
  // Adds Access-Control-Allow-Origin for an allowed origin; whether it did.
  template <typename Add>
  bool allow_origin(const std::string_view* origin, Add add) const {
    const auto& origins = origins_.get();
    if (origins.empty()) return false;
    const bool any = contains(origins, "*");
    if (!any) add("Vary", "Origin");
    if (origin == nullptr || (!any && !contains(origins, *origin))) return false;
    add("Access-Control-Allow-Origin", any ? std::string_view("*") : *origin);
    return true;
  }

  Reloadable<std::vector<std::string>> origins_;
};

}  // namespace feedctl::http
