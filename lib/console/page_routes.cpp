#include "console/page_routes.hpp"

#include <string>
#include <utility>

#include "base/error.hpp"
#include "console/loopback_name.hpp"
#include "web_assets/web_assets.hpp"

namespace feedctl::console {

namespace {

// An origin must not end the directive that it is in.
void check_origin(const std::string& origin) {
  if (origin.empty() || (origin.find("://") != std::string::npos &&
                         origin.find_first_of(" ;,'\"\r\n\t*") == std::string::npos))
    return;
  throw Error(ErrorCode::invalid_argument, "the S3 endpoint is no URL that a browser can open");
}

// A redirect to a presigned link needs the origin of the link, too.
std::string content_security_policy(const std::string& image_origin) {
  check_origin(image_origin);
  return "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:" +
         (image_origin.empty() ? "" : ' ' + image_origin) +
         "; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

// The path of a request below /admin, which the router has split.
std::string path_below(const http::Request& request) {
  std::string path = "console";
  for (const auto& [name, segment] : request.path_params) path.append("/").append(segment);
  return path;
}

bool is_file(std::string_view path) {
  return path.find('.', path.rfind('/') + 1) != std::string_view::npos;
}

// No referrer leaves this server: a path names what an administrator looks at.
http::Response with_security_headers(http::Response response) {
  response.header("Referrer-Policy", "same-origin")
      .header("Cross-Origin-Opener-Policy", "same-origin")
      .header("Cross-Origin-Resource-Policy", "same-origin")
      .header("X-Frame-Options", "DENY");
  return response;
}

http::Response show_page(const http::Request& request, const std::string& policy) {
  const auto* page = web_assets::find("console/index.html");
  if (page == nullptr || !web_assets::has_vendor())
    return web_assets::respond_without_vendor(request);
  return web_assets::respond(request, *page, policy);
}

http::Response show_file(const http::Request& request, const std::string& path,
                         const std::string& policy) {
  const auto* file = web_assets::find(path);
  if (file == nullptr) throw Error(ErrorCode::not_found, "the console has no such file");
  return web_assets::respond(request, *file, policy);
}

http::Response redirect(std::string url) {
  http::Response response;
  response.status = 307;
  response.content_type = "";
  response.header("Location", std::move(url)).header("Cache-Control", "no-store");
  return response;
}

http::Response show(const http::Request& request, const std::string& policy,
                    const std::string& public_url) {
  const auto path = path_below(request);
  if (is_file(path)) return with_security_headers(show_file(request, path, policy));
  if (auto page = page_under_public_name(request, public_url))
    return with_security_headers(redirect(std::move(*page)));
  return with_security_headers(show_page(request, policy));
}

}  // namespace

// The files hold nothing secret, so everyone may have them: the console signs in by itself.
void add_page_routes(http::Router& router, const PageOptions& options) {
  const auto handler = [policy = content_security_policy(options.image_origin),
                        public_url = options.public_url](const http::Request& request) {
    return show(request, policy, public_url);
  };
  for (const auto* pattern : {"/admin", "/admin/{a}", "/admin/{a}/{b}", "/admin/{a}/{b}/{c}"}) {
    router.add({.method = http::Method::get,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .scope = http::Scope::read,
                .handler = handler,
                .rate_class = http::RateClass::none});
  }
}

}  // namespace feedctl::console
