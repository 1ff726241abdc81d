#pragma once
// Cross-origin rules: exact origins or "*", never credentials. Immutable.
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace feedctl::http {

class Cors {
 public:
  explicit Cors(std::vector<std::string> origins);
  static bool is_preflight(const Request& request);
  // 204, which a foreign origin cannot use.
  Response preflight(const Request& request) const;
  void decorate(const Request& request, Response& response) const;

 private:
  bool allows(std::string_view origin) const;
  // Adds Access-Control-Allow-Origin where the request's origin may read; says whether it did.
  bool allow_origin(const Request& request, Response& response) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace feedctl::http
