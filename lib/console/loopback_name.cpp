#include "console/loopback_name.hpp"

#include "base/http_url.hpp"

namespace feedctl::console {

namespace {

std::optional<HttpUrl> local_http_url(const std::string& text) {
  try {
    auto url = parse_http_url(text);
    if (!url.is_https && url.names_this_machine()) return url;
  } catch (const UrlError&) {
    // Not one that this program would call.
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> page_under_public_name(const http::Request& request,
                                                  const std::string& public_url) {
  const auto* host = request.header("host");
  if (host == nullptr || request.is_https) return std::nullopt;
  const auto own = local_http_url(public_url), named = local_http_url("http://" + *host);
  if (!own || !named || own->port != named->port || own->host == named->host) return std::nullopt;
  return own->origin() + request.target;
}

}  // namespace feedctl::console
