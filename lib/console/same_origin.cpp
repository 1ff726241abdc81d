#include "console/same_origin.hpp"

#include "base/error.hpp"
#include "http/authority.hpp"

namespace feedctl::console {

namespace {

// "https://feed.example" of "https://feed.example/path".
std::string origin_of(const std::string& url) {
  const auto authority = url.find("://");
  if (authority == std::string::npos) return "";
  return http::normalize_origin(url.substr(0, url.find('/', authority + 3)));
}

// A proxy may speak HTTPS without a word to this server. A page that came by plain HTTP may have
// been changed on its way: it is foreign where the request came by HTTPS.
bool is_own_origin(const http::Request& request, const std::string& sent,
                   const std::string& public_url) {
  const auto origin = http::normalize_origin(sent);
  if (!public_url.empty() && origin == origin_of(public_url)) return true;
  const auto* host = request.header("host");
  if (host == nullptr || host->empty()) return false;
  return origin == http::normalize_origin("https://" + *host) ||
         (!request.is_https && origin == http::normalize_origin("http://" + *host));
}

Error foreign() {
  return Error(ErrorCode::permission_denied,
               "this is for the pages of this server only: the request comes from another site");
}

bool is_read(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

}  // namespace

void require_same_origin(const http::Request& request, const std::string& public_url) {
  const auto* site = request.header("sec-fetch-site");
  const auto* origin = request.header("origin");
  if (site != nullptr && *site != "same-origin") throw foreign();
  if (origin != nullptr && !is_own_origin(request, *origin, public_url)) throw foreign();
  if (site == nullptr && origin == nullptr && !is_read(request.method)) {
    throw Error(ErrorCode::permission_denied,
                "this is for the pages of this server only: send Origin as browsers do, or use "
                "/auth/token and /auth/refresh");
  }
}

}  // namespace feedctl::console
