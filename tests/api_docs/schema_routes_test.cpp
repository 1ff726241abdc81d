// The routes of the documentation: forms of the description, the pages and their files.
#include "api_docs/openapi_document.hpp"
#include "api_docs/routes.hpp"
#include "base/error.hpp"
#include "http/problem.hpp"
#include "support/call_handler.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "web_assets/web_assets.hpp"

using namespace feedctl;
using http::Request;
using http::Response;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Docs {
  Docs() { api_docs::add_routes(router); }

  Response get(const std::string& path, Pairs headers = {}, Pairs query = {}) const {
    Request request;
    request.path = path;
    request.headers = std::move(headers);
    request.query = std::move(query);
    const auto match = router.match(http::Method::get, path);
    REQUIRE(match.route != nullptr);
    request.path_params = match.path_params;
    return support::call_handler(*match.route, request);
  }

  http::Router router;
};

std::string header(Response response, std::string_view name) {
  const auto* value = response.find_header(name);
  return value == nullptr ? "" : *value;
}

}  // namespace

TEST_CASE("the description comes as JSON, or as YAML where that is asked for") {
  const Docs docs;
  const auto& json = api_docs::openapi_json();
  const std::string yaml(api_docs::openapi_yaml());
  CHECK(support::text_in(json::parse(json), "openapi") == "3.1.0");
  CHECK(yaml.find("\nopenapi: 3.1.0\n") != std::string::npos);
  CHECK(docs.get("/api/schema.json").body == json);
  CHECK(docs.get("/api/schema.yaml").body == yaml);
  CHECK(docs.get("/api/schema").body == json);
  CHECK(docs.get("/api/schema/", {}, {{"format", "yaml"}}).body == yaml);
  CHECK(docs.get("/api/schema/", {{"accept", "application/yaml"}}, {{"format", "json"}}).body ==
        json);
  CHECK_THROWS_AS(docs.get("/api/schema/", {}, {{"format", "xml"}}), Error);
}

TEST_CASE("Accept chooses the form and the name of its type") {
  const Docs docs;
  const auto type_for = [&](const std::string& accept) {
    return docs.get("/api/schema/", {{"accept", accept}}).content_type;
  };
  CHECK(type_for("*/*") == "application/json");
  CHECK(type_for("text/html, */*;q=0.8") == "application/json");
  CHECK(type_for("application/json, application/yaml") == "application/json");
  CHECK(type_for("application/json;q=0.5, application/yaml") == "application/yaml");
  CHECK(type_for("*/*;q=0.1, application/yaml") == "application/yaml");
  CHECK(type_for("*/*, application/yaml;q=0.9") == "application/json");
  CHECK(type_for("application/vnd.oai.openapi") == "application/vnd.oai.openapi");
  CHECK(type_for("text/yaml") == "text/yaml");
  CHECK(type_for("application/openapi+json") == "application/openapi+json");
  CHECK(type_for("application/json;q=0, */*") == "application/openapi+json");
  CHECK(type_for("application/*;q=0, text/*") == "text/yaml");
  for (const auto* refused : {"text/html", "application/json;q=0", "*/*;q=0"}) {
    INFO(refused);
    try {
      type_for(refused);
      FAIL_CHECK("it has an answer");
    } catch (const http::HttpError& error) {
      CHECK(error.status() == 406);
      CHECK(std::string(error.what()).find("application/yaml") != std::string::npos);
    }
  }
  const auto response = docs.get("/api/schema/");
  bool varies = false;
  for (const auto& [name, value] : response.headers) varies |= name == "Vary" && value == "Accept";
  CHECK(varies);
}

TEST_CASE("each form has an ETag, and is compressed for clients that take gzip") {
  const Docs docs;
  const auto json_tag = header(docs.get("/api/schema.json"), "ETag");
  const auto yaml_tag = header(docs.get("/api/schema.yaml"), "ETag");
  CHECK(json_tag.size() > 10);
  CHECK(json_tag != yaml_tag);
  const auto unchanged = docs.get("/api/schema/", {{"if-none-match", json_tag}});
  CHECK(unchanged.status == 304);
  CHECK(unchanged.body.empty());
  CHECK(docs.get("/api/schema.yaml", {{"if-none-match", json_tag}}).status == 200);
  const auto compressed = docs.get("/api/schema.json", {{"accept-encoding", "gzip"}});
  CHECK(header(compressed, "Content-Encoding") == "gzip");
  CHECK(compressed.body.size() * 4 < api_docs::openapi_json().size());
}

TEST_CASE("the pages load nothing from other servers and run no inline script") {
  const Docs docs;
  for (const char* path : {"/api/docs/", "/api/redoc/", "/api/docs", "/api/redoc"}) {
    INFO(path);
    const auto page = docs.get(path);
    CHECK(page.status == 200);
    CHECK(page.content_type == "text/html; charset=utf-8");
    const auto policy = header(page, "Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("http") == std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    const auto scripts = policy.find("script-src");
    if (scripts != std::string::npos)
      CHECK(policy.substr(scripts, policy.find(';', scripts) - scripts) == "script-src 'self'");
    CHECK(page.body.find("://") == std::string::npos);
    CHECK(page.body.find("<script>") == std::string::npos);
    CHECK(page.body.find("style=") == std::string::npos);
  }
}

TEST_CASE("a page without its files says how to get them") {
  const Docs docs;
  const bool has_viewer = web_assets::find("swagger-ui/swagger-ui-bundle.js") != nullptr;
  const auto page = docs.get("/api/docs/").body;
  CHECK((page.find("feedctl openapi") == std::string::npos) == has_viewer);
  CHECK((page.find("/api/docs/init.js") != std::string::npos) == has_viewer);
}

TEST_CASE("every file that a page names is served, and no other") {
  const Docs docs;
  const auto init = docs.get("/api/docs/init.js");
  CHECK(init.content_type.find("text/javascript") == 0);
  CHECK(init.body.find("/api/schema.json") != std::string::npos);
  CHECK(docs.get("/api/redoc/init.js").body.find("/api/schema.json") != std::string::npos);
  if (web_assets::find("swagger-ui/swagger-ui-bundle.js") != nullptr) {
    for (const char* path : {"/api/docs/swagger-ui.css", "/api/docs/swagger-ui-bundle.js",
                             "/api/docs/favicon-32x32.png", "/api/redoc/redoc.standalone.js"}) {
      INFO(path);
      CHECK(docs.get(path).status == 200);
      CHECK_FALSE(header(docs.get(path), "ETag").empty());
    }
  }
  for (const char* path : {"/api/docs/redoc.standalone.js", "/api/docs/app.js", "/api/redoc/x"})
    CHECK_THROWS_AS(docs.get(path), Error);
}
