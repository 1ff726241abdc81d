#include "http/message.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "http/body_file.hpp"
#include "http/content_negotiation.hpp"
#include "http/json_body.hpp"
#include "http/problem.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http;

namespace {

Request post(std::string body, std::string type = "application/json") {
  Request request;
  request.method = Method::post;
  request.has_body = !body.empty();
  request.body = std::move(body);
  if (!type.empty()) request.headers.emplace_back("content-type", std::move(type));
  return request;
}

Request get(std::string limit) {
  Request request;
  request.query.emplace_back("limit", std::move(limit));
  return request;
}

template <typename Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

std::string id_refusal(const std::string& json) {
  return refusal([&] { JsonBody::parse(post("{\"user_id\":" + json + "}")).id("user_id"); });
}

}  // namespace

TEST_CASE("an empty filter of a query is no filter") {
  Request request;
  request.query = {{"state", "hidden"}, {"type", ""}, {"two", ""}, {"two", "x"}};
  CHECK(request.filter_param("state") == "hidden");
  CHECK_FALSE(request.filter_param("type"));
  CHECK_FALSE(request.filter_param("search"));
  CHECK(refusal([&] { request.filter_param("two"); }) == "two must be given once");
}

TEST_CASE("too large a body and a refused type have problems of their own") {
  const auto large = problem(Error(ErrorCode::too_large, "image is too large"), "r");
  CHECK(large.status == 413);
  CHECK(large.body.find(R"("type":"/problems/content-too-large","title":"Content Too Large")") !=
        std::string::npos);
  CHECK(large.body.find(R"("detail":"image is too large")") != std::string::npos);
  const auto type = problem(Error(ErrorCode::unsupported_media, "send a JPEG"), "r");
  CHECK(type.status == 415);
  CHECK(type.body.find("\"/problems/unsupported-media-type\"") != std::string::npos);
  CHECK(type.body.find("\"Unsupported Media Type\"") != std::string::npos);
}

TEST_CASE("a weight is that of the closest media range") {
  CHECK(quality_of("application/json;q=0, */*", "application/json") == 0);
  CHECK(quality_of("application/json;q=0, */*", "application/yaml") == full_quality);
  CHECK(quality_of("text/*;q=0.5, */*;q=0.1", "text/yaml; charset=utf-8") == 500);
  CHECK(quality_of("text/*;q=0.5, */*;q=0.1", "image/png") == 100);
  CHECK(quality_of("text/html", "image/png") == 0);
  CHECK(quality_of("text/html;q=x", "text/html") == full_quality);
  CHECK(quality_of("nonsense", "image/png") == full_quality);
}

TEST_CASE("a limit is an integer between 1 and its maximum") {
  struct Row {
    const char* text;
    const char* message;
  };
  for (const auto& row :
       {Row{"abc", "limit must be an integer"}, Row{"", "limit must be an integer"},
        Row{"1.5", "limit must be an integer"}, Row{"1e9", "limit must be an integer"},
        Row{"05", "limit must be an integer"}, Row{"+5", "limit must be an integer"},
        Row{"-05", "limit must be an integer"}, Row{"00", "limit must be an integer"},
        Row{" 1", "limit must be an integer"}, Row{"0", "limit must be positive"},
        Row{"-1", "limit must be positive"}, Row{"-99999999999999999999", "limit must be positive"},
        Row{"1001", "limit cannot exceed 1000"},
        Row{"99999999999999999999", "limit cannot exceed 1000"}}) {
    INFO(row.text);
    CHECK(refusal([&] { get(row.text).limit(50, 1000); }) == row.message);
  }
  CHECK(get("1000").limit(50, 1000) == 1000);
  CHECK(Request{}.limit(50, 1000) == 50);
}

TEST_CASE("a query parameter that is given twice is refused") {
  auto request = get("1");
  request.query.emplace_back("limit", "1");
  CHECK(refusal([&] { request.limit(50, 1000); }) == "limit must be given once");
}

TEST_CASE("an invalid id in a path is 404") {
  for (const auto* text : {"abc", "0", "-1", "1e3", " 1", "01", "9223372036854775808", ""}) {
    INFO(text);
    Request request;
    request.path_params.emplace_back("id", text);
    try {
      request.path_id("id");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::not_found);
    }
  }
  Request request;
  request.path_params.emplace_back("id", "9223372036854775807");
  CHECK(request.path_id("id") == std::numeric_limits<Id>::max());
}

TEST_CASE("an id in a body is a positive integer, as number or decimal text") {
  struct Row {
    const char* json;
    const char* message;
  };
  for (const auto& row :
       {Row{"\"invalid\"", "user_id must be an integer"}, Row{"\"\"", "user_id must be an integer"},
        Row{"\"01\"", "user_id must be an integer"}, Row{"\" 1\"", "user_id must be an integer"},
        Row{"\"9223372036854775808\"", "user_id must be an integer"},
        Row{"9223372036854775808", "user_id must be an integer"},
        Row{"1.5", "user_id must be an integer"}, Row{"1e3", "user_id must be an integer"},
        Row{"true", "user_id must be an integer"}, Row{"[1]", "user_id must be an integer"},
        Row{"{}", "user_id must be an integer"}, Row{"0", "user_id must be positive"},
        Row{"-1", "user_id must be positive"}, Row{"\"-1\"", "user_id must be positive"},
        Row{"\"0\"", "user_id must be positive"}}) {
    INFO(row.json);
    CHECK(id_refusal(row.json) == row.message);
  }
  CHECK(JsonBody::parse(post(R"({"user_id":5})")).id("user_id") == Id{5});
  CHECK(JsonBody::parse(post(R"({"user_id":"5"})")).id("user_id") == Id{5});
  CHECK_FALSE(JsonBody::parse(post(R"({"user_id":null})")).id("user_id"));
  CHECK_FALSE(JsonBody::parse(post("{}")).id("user_id"));
}

TEST_CASE("a text that is not a string is refused with its member's name") {
  CHECK(refusal([] { JsonBody::parse(post(R"({"text":5})")).text("text"); }) ==
        "text must be a string");
  CHECK(JsonBody::parse(post(R"({"text":"\u00e9"})")).text("text") == "\u00e9");
  CHECK_FALSE(JsonBody::parse(post(R"({"text":null})")).text("text"));
}

TEST_CASE("a body must be a JSON object") {
  for (const auto* text :
       {"invalid json", "{", "{}x", "{\"a\":1,\"a\":2}", "NaN", "\xef\xbb\xbf{}"}) {
    INFO(text);
    CHECK(refusal([&] { JsonBody::parse(post(text)); }) == "Invalid JSON");
  }
  for (const auto* text : {"[1]", "null", "5", "\"x\""}) {
    INFO(text);
    CHECK(refusal([&] { JsonBody::parse(post(text)); }) == "JSON body must be an object");
  }
  CHECK(JsonBody::parse(post("")).value().object()->empty());
}

TEST_CASE("a body in a file is unavailable while this process may open no more files") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  REQUIRE(file);
  REQUIRE(std::fputs(R"({"a":1})", file.get()) >= 0);
  REQUIRE(std::fflush(file.get()) == 0);
  auto request = post("");
  request.body_file = "/proc/self/fd/" + std::to_string(::fileno(file.get()));
  CHECK(read_body(request) == R"({"a":1})");

  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit few = before;
  few.rlim_cur = std::min<rlim_t>(few.rlim_cur, 256);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> all;
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.push_back(fd);
  std::optional<ErrorCode> code;
  try {
    read_body(request);
  } catch (const Error& error) {
    code = error.code();
  }
  for (const int fd : all) ::close(fd);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(code == ErrorCode::unavailable);
  CHECK(read_body(request) == R"({"a":1})");
}

TEST_CASE("a body of another type is refused, one without a type is read as JSON") {
  for (const auto* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                           "application/json; charset=latin1", "", "  "}) {
    if (*type == '\0') {
      CHECK_NOTHROW(JsonBody::parse(post("{}", "")));
      continue;
    }
    INFO(type);
    try {
      JsonBody::parse(post("{}", type));
      FAIL("accepted");
    } catch (const HttpError& error) {
      CHECK(error.status() == 415);
    }
  }
  for (const auto* type : {"application/json", "Application/JSON; Charset=UTF-8",
                           "application/merge-patch+json", "application/json;charset=\"utf-8\""}) {
    INFO(type);
    CHECK_NOTHROW(JsonBody::parse(post("{}", type)));
  }
  CHECK_NOTHROW(JsonBody::parse(post("", "text/plain")));
}

TEST_CASE("If-None-Match answers 304 without a body") {
  Request request;
  request.headers.emplace_back("if-none-match", "\"a\", W/\"b\" ,\"c\"");
  for (const auto* tag : {"a", "\"b\"", "W/\"c\""}) {
    INFO(tag);
    const auto response = with_etag(request, json_response(200, "{}"), tag);
    CHECK(response.status == 304);
    CHECK(response.body.empty());
    CHECK(response.headers.at(0).first == "ETag");
  }
  CHECK(with_etag(request, json_response(200, "{}"), "d").status == 200);
  CHECK(with_etag(request, json_response(200, "{}"), "d").headers.at(0).second == "\"d\"");
  request.method = Method::post;
  CHECK(with_etag(request, json_response(200, "{}"), "a").status == 200);
  request.method = Method::head;
  request.headers[0].second = "*";
  CHECK(with_etag(request, json_response(200, "{}"), "a").status == 304);
}

TEST_CASE("a malformed If-None-Match matches nothing and causes no error") {
  for (const auto* list : {"W/", " , W/", "W/,", "\"", "\"a", "W/\"", ",,,", ""}) {
    INFO(list);
    CHECK_FALSE(etag_matches(list, "\"a\""));
  }
  CHECK(etag_matches("W/, \"a\"", "\"a\""));
  CHECK(etag_matches("\"a\", W/", "\"a\""));
}

TEST_CASE("a problem has the standard members and a stable type, and a 500 reveals nothing") {
  const auto response = problem(Error(ErrorCode::invalid_argument, "user_id is required")
                                    .with_detail("secret")
                                    .with_field("/user_id", "user_id is required"),
                                "abc");
  CHECK(response.status == 400);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body ==
        R"({"type":"/problems/bad-request","title":"Bad Request","status":400,)"
        R"("detail":"user_id is required","instance":"abc","error":"user_id is required",)"
        R"("errors":[{"pointer":"/user_id","detail":"user_id is required"}]})");
  const auto hidden = problem(Error(ErrorCode::internal, "password=secret"), "abc");
  CHECK(hidden.status == 500);
  CHECK(hidden.body.find("secret") == std::string::npos);
  CHECK(hidden.body.find("\"error\":\"Internal server error\"") != std::string::npos);
}

TEST_CASE("a problem has Retry-After and WWW-Authenticate where they apply") {
  const auto header = [](const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return std::string();
  };
  CHECK(header(problem(Error(ErrorCode::unauthenticated, "x"), "i"), "WWW-Authenticate") ==
        "Bearer");
  const ChallengeError scoped(Error(ErrorCode::permission_denied, "x"), "Bearer scope=\"write\"");
  const Error& as_error = scoped;
  CHECK(header(problem(as_error, "i"), "WWW-Authenticate") == "Bearer scope=\"write\"");
  CHECK(header(problem(Error(ErrorCode::permission_denied, "x"), "i"), "WWW-Authenticate").empty());
  CHECK(header(problem(Error(ErrorCode::unavailable, "x"), "i"), "Retry-After") == "1");
  CHECK(
      header(problem(Error(ErrorCode::rate_limited, "x").with_retry_after(std::chrono::seconds{7}),
                     "i"),
             "Retry-After") == "7");
}
