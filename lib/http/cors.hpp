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
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}
  void replace(std::vector<std::string> origins) { origins_.replace(std::move(origins)); }
  static bool is_preflight(const Request& request);
  // 204, which a foreign origin cannot use.
  Response preflight(const Request& request) const;
  void decorate(const Request& request, Response& response) const;

 private:
  // Adds Access-Control-Allow-Origin where the request's origin may read; says whether it did.
  bool allow_origin(const Request& request, Response& response) const;

  Current<std::vector<std::string>> origins_;
};

}  // namespace feedctl::http
