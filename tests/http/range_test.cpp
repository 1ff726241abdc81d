#include "http/range.hpp"

#include <string>

#include "http/problem.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Response hundred_bytes() {
  Response response;
  response.content_type = "image/png";
  for (int i = 0; i < 100; ++i) response.body += static_cast<char>(i);
  response.header("ETag", "\"v1\"");
  return response;
}

Response answer(const Headers& headers, Response response = hundred_bytes(),
                Method method = Method::get) {
  Request request;
  request.method = method;
  request.headers = headers;
  return with_range(request, std::move(response));
}

std::string header(Response response, std::string_view name) {
  const auto* value = response.find_header(name);
  return value != nullptr ? *value : "";
}

void check_whole(const Response& response) {
  CHECK(response.status == 200);
  CHECK(response.body.size() == 100);
  CHECK(header(response, "Content-Range").empty());
  CHECK(header(response, "Accept-Ranges") == "bytes");
}

}  // namespace

TEST_CASE("a single range gets that part") {
  struct Row {
    const char* range;
    const char* content_range;
    std::size_t first, size;
  };
  const Row rows[] = {{"bytes=0-0", "bytes 0-0/100", 0, 1},
                      {"bytes=0-99", "bytes 0-99/100", 0, 100},
                      {"bytes=10-19", "bytes 10-19/100", 10, 10},
                      {"bytes=90-", "bytes 90-99/100", 90, 10},
                      {"bytes=99-1000", "bytes 99-99/100", 99, 1},
                      {"bytes=-1", "bytes 99-99/100", 99, 1},
                      {"bytes=-100", "bytes 0-99/100", 0, 100},
                      {"bytes=-1000", "bytes 0-99/100", 0, 100},
                      {"Bytes= 5-6 ", "bytes 5-6/100", 5, 2},
                      {"bytes=000-001", "bytes 0-1/100", 0, 2},
                      {"bytes=1-99999999999999999999999", "bytes 1-99/100", 1, 99}};
  for (const auto& row : rows) {
    INFO(row.range);
    const auto response = answer({{"range", row.range}});
    CHECK(response.status == 206);
    CHECK(header(response, "Content-Range") == row.content_range);
    CHECK(header(response, "ETag") == "\"v1\"");
    CHECK(response.content_type == "image/png");
    CHECK(response.body == hundred_bytes().body.substr(row.first, row.size));
  }
}

TEST_CASE("a range outside of the body is a 416 that tells the size") {
  for (const auto* range :
       {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"}) {
    INFO(range);
    const auto response = answer({{"range", range}});
    CHECK(response.status == 416);
    CHECK(header(response, "Content-Range") == "bytes */100");
    CHECK(response.content_type == "application/problem+json");
    CHECK(response.body.find("/problems/range-not-satisfiable") != std::string::npos);
  }
  CHECK(answer({{"range", "bytes=0-"}}, json_response(200, "")).status == 416);
}

TEST_CASE("what is no single range of bytes gets the whole") {
  for (const auto* range : {"bytes=0-1,5-6", "bytes=0-1, -1", "items=0-1", "bytes=", "bytes=-",
                            "bytes=5", "bytes=6-5", "bytes=a-b", "bytes=1-b", "bytes=--1",
                            "bytes=+1-2", "bytes = 0-1", "bytes=0x0-1", "bytes=1 -2", ""}) {
    INFO(range);
    check_whole(answer({{"range", range}}));
  }
  check_whole(answer({{"range", "bytes=0-1"}, {"range", "bytes=5-6"}}));
  check_whole(answer({}));
  check_whole(answer({{"range", "bytes=0-1"}}, hundred_bytes(), Method::head));
}

TEST_CASE("If-Range lets a range through only for the same strong ETag") {
  CHECK(answer({{"range", "bytes=0-1"}, {"if-range", "\"v1\""}}).status == 206);
  for (const auto* condition : {"\"v2\"", "W/\"v1\"", "v1", "*", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
    INFO(condition);
    check_whole(answer({{"range", "bytes=0-1"}, {"if-range", condition}}));
  }
  auto weak = hundred_bytes();
  *weak.find_header("ETag") = "W/\"v1\"";
  check_whole(answer({{"range", "bytes=0-1"}, {"if-range", "W/\"v1\""}}, weak));
}

TEST_CASE("a range of a file is a part of the file, and shares its descriptor") {
  Response response;
  response.file = std::make_shared<FileBody>(FileBody{std::make_shared<UniqueFd>(), 7, 100});
  const auto whole = answer({}, response);
  CHECK(whole.status == 200);
  CHECK(whole.file->size == 100);
  const auto part = answer({{"range", "bytes=10-19"}}, response);
  CHECK(part.status == 206);
  CHECK(part.file->offset == 17);
  CHECK(part.file->size == 10);
  CHECK(part.file->file == response.file->file);
  const auto outside = answer({{"range", "bytes=100-"}}, response);
  CHECK(outside.status == 416);
  CHECK(outside.file == nullptr);
}

TEST_CASE("only a 200 has ranges") {
  Request request;
  request.headers = {{"range", "bytes=0-1"}, {"if-none-match", "\"v1\""}};
  Response response;
  response.file = std::make_shared<FileBody>(FileBody{std::make_shared<UniqueFd>(), 0, 100});
  const auto unchanged = with_range(request, with_etag(request, response, "v1"));
  CHECK(unchanged.status == 304);
  CHECK(unchanged.file == nullptr);
  CHECK(header(unchanged, "Accept-Ranges").empty());
  CHECK(answer({{"range", "bytes=0-1"}}, problem(404, "Not found", "")).status == 404);
}
