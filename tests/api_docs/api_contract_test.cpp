// The checker of answers finds planted faults: status, headers, content type, body.
#include "support/api_contract.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using support::HttpResponse;

namespace {

const char* const description = R"({"paths": {
  "/posts/{id}": {"get": {"x-feedctl-aliases": ["/v1/posts/{id}"], "responses": {
    "200": {"headers": {"ETag": {"required": true, "schema": {"type": "string", "pattern": "^\""}},
                        "Age": {"schema": {"type": "string", "pattern": "^[0-9]+$"}}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Post"}}}},
    "304": {},
    "404": {"$ref": "#/components/responses/Problem"},
    "default": {"$ref": "#/components/responses/Refusal"}}}},
  "/posts/hot": {"get": {"responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}}}},
  "components": {
    "responses": {
      "Problem": {"content": {"application/problem+json": {"schema": {"type": "object", "properties": {"status": {"type": "integer"}}}}}},
      "Refusal": {"x-feedctl-statuses": [413], "content": {"application/problem+json": {"schema": {"type": "object", "additionalProperties": true}}}}},
    "schemas": {"Post": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}}})";

HttpResponse answer(int status, const std::string& type, const std::string& body,
                    std::multimap<std::string, std::string> headers = {}) {
  headers.emplace("content-type", type);
  return {status, std::move(headers), body};
}

HttpResponse post(const std::string& body) {
  return answer(200, "application/json", body, {{"etag", "\"1\""}});
}

std::string faults(const std::string& method, const std::string& target,
                   const HttpResponse& response) {
  static const support::ApiContract contract{description};
  std::string text;
  for (const auto& fault : contract.faults(method, target, response))
    text += (text.empty() ? "" : "; ") + fault;
  return text;
}

}  // namespace

TEST_CASE("answers that conform have no fault, by any path of the operation") {
  for (const char* target : {"/posts/7", "/posts/7/", "/v1/posts/7?x=/y", "/v1/%70osts/7",
                             "http://127.0.0.1:8000/posts/7"}) {
    INFO(target);
    CHECK(faults("GET", target, post(R"({"id": 7})")).empty());
  }
  CHECK(faults("GET", "/posts/7", {304, {}, ""}).empty());
  CHECK(faults("GET", "/posts/7", answer(404, "application/problem+json", R"({"status": 404})"))
            .empty());
  CHECK(faults("GET", "/posts/7", answer(413, "application/problem+json", R"({"a": 1})")).empty());
  CHECK(faults("GET", "/posts/hot", answer(200, "text/plain; charset=utf-8", "hello")).empty());
}

TEST_CASE("each planted fault of an answer is found") {
  CHECK(faults("GET", "/posts/7", answer(200, "application/json", R"({"id": 7})")) ==
        "no header ETag");
  CHECK(faults("GET", "/posts/7", answer(200, "application/json", R"({"id": 7})", {{"etag", "1"}}))
            .find("header ETag") == 0);
  CHECK(faults("GET", "/posts/7",
               answer(200, "application/json", R"({"id": 7})", {{"etag", "\"1\""}, {"age", "x"}}))
            .find("header Age") == 0);
  CHECK(faults("GET", "/posts/7", post(R"({"id": "7"})")) == "body /id: no integer");
  CHECK(faults("GET", "/posts/7", post(R"({})")) == "body /: no id");
  CHECK(faults("GET", "/posts/7", post(R"({"id": 7, "new": 1})")) == "body /new: not documented");
  CHECK(faults("GET", "/posts/7", post("{")).find("body: ") == 0);
  CHECK(faults("GET", "/posts/7", answer(200, "text/html", "", {{"etag", "\"1\""}})) ==
        "the content type \"text/html\" is not documented");
  CHECK(faults("GET", "/posts/7", {304, {}, "x"}) == "a body is not documented");
  CHECK(faults("GET", "/posts/7", answer(201, "application/json", "{}")) ==
        "the status is not documented");
  CHECK(faults("GET", "/posts/7", answer(500, "application/problem+json", "{}")) ==
        "the status is not documented");
  CHECK(faults("GET", "/posts/hot", post(R"({"id": 7})")) ==
        "the content type \"application/json\" is not documented");
}

TEST_CASE("only an operation that exists may succeed") {
  CHECK(faults("POST", "/posts/7", answer(201, "application/json", "{}")) ==
        "no operation is documented");
  CHECK(faults("GET", "/posts/7/likes", answer(200, "application/json", "{}")) ==
        "no operation is documented");
  CHECK(faults("GET", "/nothing", answer(404, "application/problem+json", "{}")).empty());
  CHECK(faults("OPTIONS", "/posts/7", {204, {}, ""}).empty());
  CHECK(faults("HEAD", "/posts/7", {200, {}, ""}).empty());
  CHECK(faults("GET", "/posts/7", {0, {}, "connection refused"}).empty());
}
