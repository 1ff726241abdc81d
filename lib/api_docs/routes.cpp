#include "api_docs/routes.hpp"

#include <array>
#include <string>

#include "api_docs/schema_response.hpp"
#include "base/error.hpp"
#include "web_assets/web_assets.hpp"

namespace feedctl::api_docs {

namespace {

using http::Request;
using http::Response;

// A page that shows the description, with the files of one npm package.
struct Viewer {
  const char* path;    // of the page, "/api/docs/"
  const char* page;    // asset
  const char* script;  // asset that starts the viewer: PATH/init.js
  const char* folder;  // of the package's assets
  const char* bundle;  // asset without which there is no viewer
  const char* content_security_policy;
};

// What each package needs beyond its own files:
// - Both set styles by script. Swagger UI sets them on elements, which style-src does not concern;
//   ReDoc writes <style> elements.
// - Swagger UI has its icons as data: URLs in its style sheet.
// - ReDoc searches in a worker that it makes of a blob.
constexpr std::array viewers{
    Viewer{"/api/docs/", "api_docs/swagger-ui.html", "api_docs/swagger-ui-init.js", "swagger-ui/",
           "swagger-ui/swagger-ui-bundle.js",
           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
           "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    Viewer{"/api/redoc/", "api_docs/redoc.html", "api_docs/redoc-init.js", "redoc/",
           "redoc/redoc.standalone.js",
           "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src "
           "'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action "
           "'none'; frame-ancestors 'none'"}};

const web_assets::Asset& own_asset(const char* path) {
  if (const auto* asset = web_assets::find(path)) return *asset;
  throw Error(ErrorCode::internal, std::string("the program has no ") + path);
}

Response page_response(const Viewer& viewer, const Request& request) {
  if (web_assets::find(viewer.bundle) == nullptr)
    return web_assets::respond_without_vendor(request);
  return web_assets::respond(request, own_asset(viewer.page), viewer.content_security_policy);
}

Response file_response(const Viewer& viewer, const Request& request) {
  const auto* name = request.path_param("file");
  if (name != nullptr && *name == "init.js")
    return web_assets::respond(request, own_asset(viewer.script), "");
  const auto* asset = name ? web_assets::find(viewer.folder + *name) : nullptr;
  if (asset == nullptr) throw Error(ErrorCode::not_found, "there is no such file");
  return web_assets::respond(request, *asset, "");
}

}  // namespace

void add_routes(http::Router& router) {
  const auto add = [&](const std::string& pattern, http::Handler handler) {
    router.add({.method = http::Method::get,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .handler = std::move(handler)});
  };
  add("/api/schema/", negotiated_schema_response);
  add("/api/schema.json", json_schema_response);
  add("/api/schema.yaml", yaml_schema_response);
  for (const auto& viewer : viewers) {
    add(viewer.path, [&viewer](const Request& request) { return page_response(viewer, request); });
    add(std::string(viewer.path) + "{file}",
        [&viewer](const Request& request) { return file_response(viewer, request); });
  }
}

}  // namespace feedctl::api_docs
