// Embedded files: what is found, that the stored bytes are the file's, and how they are sent.
#include "web_assets/web_assets.hpp"

#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "http/compress.hpp"
#include "support/catch.hpp"
#include "web_assets/asset_table.hpp"

using namespace feedctl;

namespace {

constexpr const char* page_path = "web_assets/missing.html";

std::string read_source(const std::string& path) {
  std::ifstream in(std::string(SOURCE_ROOT) + "/lib/" + path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

const web_assets::Asset& page() {
  const auto* found = web_assets::find(page_path);
  REQUIRE(found != nullptr);
  return *found;
}

http::Request get(std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Request request;
  request.headers = std::move(headers);
  return request;
}

std::string header(http::Response response, const std::string& name) {
  const auto* value = response.find_header(name);
  return value != nullptr ? *value : "";
}

}  // namespace

TEST_CASE("the table of assets is sorted by path and every asset can be found in it") {
  const auto assets = web_assets::all_assets();
  REQUIRE(!assets.empty());
  for (std::size_t i = 1; i < assets.size(); ++i) CHECK(assets[i - 1].path < assets[i].path);
  for (const auto& asset : assets) CHECK(web_assets::find(asset.path) == &asset);
}

TEST_CASE("names that are no asset are not found") {
  for (const auto* path :
       {"", "a", "web_assets", "web_assets/", "web_assets/missing.htm", "web_assets/missing.html/",
        "web_assets/missing.htmla", "zzz", "../web_assets/missing.html"}) {
    INFO(path);
    CHECK(web_assets::find(path) == nullptr);
  }
}

TEST_CASE("the stored bytes are the file's") {
  const auto source = read_source("web_assets/web/missing.html");
  CHECK(page().size == source.size());
  CHECK(http::gunzip(page().gzip, page().size) == source);
  CHECK(page().content_type == "text/html; charset=utf-8");
}

TEST_CASE("every asset can be decompressed and has a type and a quoted tag") {
  for (const auto& asset : web_assets::all_assets()) {
    INFO(asset.path);
    CHECK(http::gunzip(asset.gzip, asset.size).size() == asset.size);
    CHECK(!asset.content_type.empty());
    REQUIRE(asset.etag.size() == 34);
    CHECK(asset.etag.front() == '"');
    CHECK(asset.etag.back() == '"');
  }
}

TEST_CASE("no licence is missing beside an embedded library") {
  CHECK(web_assets::has_vendor() == (web_assets::find("console/vendor/htm-preact.mjs") != nullptr));
  if (!web_assets::has_vendor()) return;
  for (const auto* path :
       {"console/vendor/htm-preact.mjs", "console/vendor/htm.LICENSE.txt",
        "swagger-ui/swagger-ui.css", "swagger-ui/swagger-ui-bundle.js", "swagger-ui/LICENSE.txt",
        "redoc/redoc.standalone.js", "redoc/LICENSE.txt"}) {
    INFO(path);
    CHECK(web_assets::find(path) != nullptr);
  }
}

TEST_CASE("ReDoc loads nothing from another server") {
  const auto* asset = web_assets::find("redoc/redoc.standalone.js");
  if (asset == nullptr) return;
  CHECK(http::gunzip(asset->gzip, asset->size).find("cdn.redoc.ly") == std::string::npos);
}

TEST_CASE("the console is few small files") {
  if (!web_assets::has_vendor()) return;
  std::size_t bytes = 0;
  for (const auto* path : {"console/index.html", "console/theme.js", "console/style.css",
                           "console/content.css", "console/app.js"}) {
    INFO(path);
    const auto* asset = web_assets::find(path);
    REQUIRE(asset != nullptr);
    bytes += asset->gzip.size();
  }
  CHECK(bytes < 60 * 1024);
#if defined(__x86_64__) || defined(__aarch64__)
  CHECK(web_assets::find("console/ui.js") == nullptr);  // in app.js
#endif
}

TEST_CASE("a client that accepts gzip gets the stored bytes") {
  const auto response = web_assets::respond(get({{"accept-encoding", "gzip, br"}}), page(), "");
  CHECK(response.status == 200);
  CHECK(response.body == page().gzip);
  CHECK(response.content_type == page().content_type);
  CHECK(header(response, "Content-Encoding") == "gzip");
  CHECK(header(response, "ETag") == http::to_weak_etag(page().etag));
  CHECK(header(response, "Vary") == "Accept-Encoding");
  CHECK(header(response, "Cache-Control") == "no-cache");
  CHECK(header(response, "Content-Security-Policy").empty());
}

TEST_CASE("a client that refuses gzip gets the file, each time") {
  const auto source = read_source("web_assets/web/missing.html");
  for (int i = 0; i < 2; ++i) {
    for (const auto& headers :
         {std::vector<std::pair<std::string, std::string>>{}, {{"accept-encoding", "gzip;q=0"}}}) {
      const auto response = web_assets::respond(get(headers), page(), "");
      CHECK(response.body == source);
      CHECK(header(response, "Content-Encoding").empty());
      CHECK(header(response, "ETag") == page().etag);
      CHECK(header(response, "Vary") == "Accept-Encoding");
    }
  }
}

TEST_CASE("a client that names the tag gets 304 without a body, and keeps the policy") {
  const auto tag = std::string(page().etag);
  for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag}) {
    const auto response = web_assets::respond(
        get({{"accept-encoding", "gzip"}, {"if-none-match", known}}), page(), "default-src 'self'");
    CHECK(response.status == 304);
    CHECK(response.body.empty());
    CHECK(header(response, "Content-Encoding").empty());
    CHECK(header(response, "Content-Security-Policy") == "default-src 'self'");
  }
  const auto other = web_assets::respond(get({{"if-none-match", "\"other\""}}), page(), "");
  CHECK(other.status == 200);
}

TEST_CASE("an asset that a caller made is sent like an embedded one") {
  const std::string text(5000, 'x');
  const auto packed = http::gzip(text, http::high_gzip_level);
  const web_assets::Asset own{page_path, "text/plain", packed, "\"own\"", text.size()};
  CHECK(web_assets::respond(get({{"accept-encoding", "gzip"}}), own, "").body == packed);
  CHECK(web_assets::respond(get(), own, "").body == text);
}

TEST_CASE("a build without the libraries says how to get them") {
  const auto response = web_assets::respond_without_vendor(get());
  CHECK(response.status == 200);
  CHECK(response.body.find("npm") != std::string::npos);
  CHECK(response.body.find("scripts/build") != std::string::npos);
  CHECK(header(response, "Content-Security-Policy").find("default-src 'none'") == 0);
}
