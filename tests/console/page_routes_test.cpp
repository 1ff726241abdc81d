// The console's files: which path gives which, and the headers that protect them.
#include "console/page_routes.hpp"

#include "base/error.hpp"
#include "http/problem.hpp"
#include "support/catch.hpp"
#include "web_assets/web_assets.hpp"

using namespace feedctl;

namespace {

http::Response get(const std::string& path, const std::string& image_origin = "") {
  http::Router router;
  console::add_page_routes(router, image_origin);
  http::Request request;
  request.path = path;
  const auto match = router.match(http::Method::get, path);
  if (match.route == nullptr) return http::problem(404, "", "");
  request.path_params = match.path_params;
  try {
    return match.route->handler(request);
  } catch (const Error& error) {
    return http::problem(error, "");
  }
}

std::string header(http::Response response, const std::string& name) {
  const auto* value = response.find_header(name);
  return value != nullptr ? *value : "";
}

}  // namespace

TEST_CASE("every screen is the console's page, or says how to get it") {
  const bool has_console =
      web_assets::has_vendor() && web_assets::find("console/index.html") != nullptr;
  const auto start = get("/admin/");
  CHECK(start.status == 200);
  CHECK(start.content_type == "text/html; charset=utf-8");
  CHECK((start.body.find("scripts/build") == std::string::npos) == has_console);
  for (const auto* path : {"/admin", "/admin/pages", "/admin/pages/new", "/admin/pages/42",
                           "/admin/users/42", "/admin/sessions"}) {
    INFO(path);
    CHECK(get(path).body == start.body);
  }
}

TEST_CASE("no page may be framed, nor run a script that is not a file of the console") {
  const auto page = get("/admin/");
  const auto policy = header(page, "Content-Security-Policy");
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(policy.find("base-uri 'none'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("http:") == std::string::npos);
  CHECK(header(page, "Cross-Origin-Opener-Policy") == "same-origin");
  CHECK(header(page, "Cross-Origin-Resource-Policy") == "same-origin");
  CHECK(header(page, "Referrer-Policy") == "same-origin");
  CHECK(header(page, "X-Frame-Options") == "DENY");
  CHECK(header(page, "Cache-Control") == "no-cache");
}

TEST_CASE("a path with a dot is a file of the console and of nothing else") {
  for (const auto* path : {"/admin/none.js", "/admin/vendor/none.mjs", "/admin/..",
                           "/admin/../web_assets/missing.html", "/admin/web_assets/missing.html"}) {
    INFO(path);
    CHECK(get(path).status == 404);
  }
  if (!web_assets::has_vendor()) return;
  const auto file = get("/admin/vendor/htm-preact.mjs");
  CHECK(file.status == 200);
  CHECK(file.content_type == "text/javascript; charset=utf-8");
  CHECK(!header(file, "ETag").empty());
}

TEST_CASE("pages may show images of this server, and of the origin of presigned links alone") {
  const auto policy_of = [](const std::string& origin) {
    return header(get("/admin/", origin), "Content-Security-Policy");
  };
  for (const auto* origin : {"minio:9000", "http://a; script-src *", "http://a b", "https://*"}) {
    INFO(origin);
    CHECK_THROWS_AS(policy_of(origin), Error);
  }
  if (!web_assets::has_vendor()) return;
  CHECK(policy_of("").find("img-src 'self' data:; connect-src") != std::string::npos);
  const auto policy = policy_of("http://minio:9000");
  CHECK(policy.find("img-src 'self' data: http://minio:9000; connect-src 'self';") !=
        std::string::npos);
}
