#include "http/absolute_url.hpp"

#include "http/authority.hpp"

namespace feedctl::http {

std::string origin_of(const Request& request) {
  const auto* host = request.header("host");
  if (host == nullptr || host->empty()) return "";
  return normalize_origin((request.is_https ? "https://" : "http://") + *host);
}

}  // namespace feedctl::http
