// The console's files: which path gives which, and the headers that protect them.
#include "console/page_routes.hpp"

#include <utility>
#include <vector>

#include "base/error.hpp"
#include "http/problem.hpp"
#include "support/catch.hpp"
#include "web_assets/web_assets.hpp"

using namespace feedctl;

namespace {

http::Response get(const std::string& path, const std::string& host = "",
                   const console::PageOptions& options = {}) {
  http::Router router;
  console::add_page_routes(router, options);
  http::Request request;
  request.path = path;
  request.target = path + "?from=here";
  if (!host.empty()) request.headers = {{"host", host}};
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
    return header(get("/admin/", "", {.image_origin = origin}), "Content-Security-Policy");
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

TEST_CASE("a screen at another name of this machine is redirected to the public one") {
  const auto moved = [](const std::string& host, const std::string& public_url) {
    const auto response = get("/admin/pages/42", host, {.public_url = public_url});
    CHECK(response.status == (header(response, "Location").empty() ? 200 : 307));
    return header(response, "Location");
  };
  const std::string dev = "http://127.0.0.1:8000";
  CHECK(moved("localhost:8000", dev) == dev + "/admin/pages/42?from=here");
  CHECK(moved("LOCALHOST:8000", dev + "/") == dev + "/admin/pages/42?from=here");
  CHECK(moved("[::1]:8000", dev) == dev + "/admin/pages/42?from=here");
  CHECK(moved("127.0.0.1:8000", "http://localhost:8000") ==
        "http://localhost:8000/admin/pages/42?from=here");
  CHECK(header(get("/admin/", "localhost:8000", {.public_url = dev}), "Cache-Control") ==
        "no-store");
}

TEST_CASE("no other name is redirected: a proxy may have put it there") {
  const std::vector<std::pair<std::string, std::string>> kept{
      {"127.0.0.1:8000", "http://127.0.0.1:8000"},
      {"localhost:8000", ""},
      {"localhost:8000", "https://feed.example"},
      {"localhost:8000", "https://127.0.0.1:8000"},
      {"localhost:9000", "http://127.0.0.1:8000"},
      {"feed.example", "http://127.0.0.1:8000"},
      {"evil@localhost:8000", "http://127.0.0.1:8000"},
      {"", "http://127.0.0.1:8000"}};
  for (const auto& [host, public_url] : kept) {
    INFO(host << " " << public_url);
    CHECK(get("/admin/", host, {.public_url = public_url}).status == 200);
  }
  CHECK(get("/admin/none.js", "localhost:8000", {.public_url = "http://127.0.0.1:8000"}).status ==
        404);
}
