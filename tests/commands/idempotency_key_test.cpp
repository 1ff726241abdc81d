#include "commands/idempotency_key.hpp"

#include <cstdio>
#include <fstream>

#include "commands_fixture.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a key is visible ASCII, bare or as a structured field's string") {
  CHECK(commands::parse_idempotency_key("abc-1") == "abc-1");
  CHECK(commands::parse_idempotency_key("\"abc-1\"") == "abc-1");
  CHECK(commands::parse_idempotency_key("  abc ") == "abc");
  CHECK(commands::parse_idempotency_key(R"("a\"b\\c")") == R"(a"b\c)");
  CHECK(commands::parse_idempotency_key(R"(a"b)") == R"(a"b)");
  CHECK(commands::parse_idempotency_key(std::string(255, 'k')).size() == 255);
  CHECK(commands::parse_idempotency_key('"' + std::string(255, 'k') + '"').size() == 255);
  const std::string bad[] = {"",
                             " ",
                             "\"\"",
                             "\"",
                             "\"abc",
                             "\"a\"b\"",
                             "\"a\";x=1",
                             "\"a\\n\"",
                             "\"a\\",
                             "a b",
                             "\"a b\"",
                             "a\tb",
                             "k\xc3\xa4",
                             "a\x7f",
                             std::string(256, 'k'),
                             std::string("a\0b", 3),
                             "\"a\", \"b\""};
  for (const auto& text : bad) {
    INFO(text);
    CHECK_THROWS_AS(commands::parse_idempotency_key(text), Error);
  }
}

TEST_CASE("a fingerprint distinguishes requests, but not spellings of the same request") {
  http::Request request;
  request.method = Method::post;
  request.route = "/v1/posts/{id}/likes";
  request.path_params = {{"id", "42"}};
  request.query = {{"a", "1"}, {"b", "2"}};
  request.headers = {{"content-type", "application/json"}};
  request.body = "{}";
  request.has_body = true;
  const auto first = commands::fingerprint(request);
  CHECK(first.size() == 2 + 16);

  auto same = request;
  same.query = {{"b", "2"}, {"a", "1"}};
  same.headers = {{"content-type", "Application/JSON; charset=utf-8"}, {"x-request-id", "7"}};
  CHECK(commands::fingerprint(same) == first);

  support::TempFolder folder;
  same.body_file = (folder.path() / "body").string();
  std::ofstream(same.body_file) << "{}";
  same.body.clear();
  CHECK(commands::fingerprint(same) == first);

  const std::function<void(http::Request&)> changes[] = {
      [](auto& r) { r.method = Method::put; },
      [](auto& r) { r.route = "/v1/likes"; },
      [](auto& r) {
        r.path_params = {{"id", "43"}};
      },
      [](auto& r) { r.query.pop_back(); },
      [](auto& r) {
        r.query = {{"a", "12"}, {"b", ""}};
      },
      [](auto& r) {
        r.headers = {{"content-type", "application/merge-patch+json"}};
      },
      [](auto& r) { r.body = "{ }"; },
  };
  for (const auto& change : changes) {
    auto other = request;
    change(other);
    CHECK(commands::fingerprint(other) != first);
  }
}

namespace {

http::Request form_request(const std::string& boundary, const std::string& parts) {
  http::Request request;
  request.method = Method::post;
  request.route = "/v1/posts/{id}/image";
  request.headers = {{"content-type", "multipart/form-data; boundary=" + boundary}};
  request.has_body = true;
  for (std::size_t at = 0; at < parts.size();) {
    const auto end = parts.find('|', at);
    request.body += "--" + boundary + "\r\nContent-Disposition: form-data; " +
                    parts.substr(at, end - at) + "\r\n";
    at = end == std::string::npos ? parts.size() : end + 1;
  }
  request.body += "--" + boundary + "--\r\n";
  return request;
}

}  // namespace

TEST_CASE("a fingerprint of a form counts its fields, not its boundary and the names of files") {
  const std::string image = "name=image; filename=a.png\r\nContent-Type: image/png\r\n\r\nbytes";
  const auto first = commands::fingerprint(form_request("one", image));
  CHECK(commands::fingerprint(form_request("another", image)) == first);
  CHECK(commands::fingerprint(form_request(
            "one", "name=image; filename=b.png\r\nContent-Type: image/png\r\n\r\nbytes")) == first);

  auto in_file = form_request("one", image);
  support::TempFolder folder;
  in_file.body_file = (folder.path() / "body").string();
  std::ofstream(in_file.body_file, std::ios::binary) << in_file.body;
  in_file.body.clear();
  CHECK(commands::fingerprint(in_file) == first);

  for (const auto* other : {"name=image; filename=a.png\r\nContent-Type: image/png\r\n\r\nothers",
                            "name=image; filename=a.png\r\nContent-Type: image/jpeg\r\n\r\nbytes",
                            "name=avatar; filename=a.png\r\nContent-Type: image/png\r\n\r\nbytes",
                            "name=image; filename=a.png\r\nContent-Type: "
                            "image/png\r\n\r\nbytes|name=text\r\n\r\nhello"}) {
    INFO(other);
    CHECK(commands::fingerprint(form_request("one", other)) != first);
  }
}

TEST_CASE("a fingerprint of a malformed form counts its bytes") {
  auto request = form_request("one", "name=image\r\n\r\nbytes");
  request.body = "no form";
  const auto first = commands::fingerprint(request);
  CHECK(commands::fingerprint(request) == first);
  request.body = "no form either";
  CHECK(commands::fingerprint(request) != first);
}

TEST_CASE("an invalid key is refused on every command and ignored on read-only routes") {
  CommandsFixture world;
  const auto all = every_command(world);
  const auto events = world.count("events");
  for (const auto& command : all) {
    INFO(command.name);
    for (const auto& key : {std::string(), std::string("a b"), std::string(256, 'k')}) {
      CHECK(command.send(world, key).status == 400);
    }
    auto two = command.headers("a");
    two.emplace_back("idempotency-key", "a");
    CHECK(world.server.send(command.method, command.target, command.body, two).status == 400);
  }
  CHECK(world.count("events") == events);
  CHECK(world.count("idempotency_keys") == 0);
  const auto user = std::to_string(all[0].user);
  CHECK(world.server.get("/v1/users/" + user, {{"idempotency-key", "a b"}}).status == 200);
  CHECK(world.server.get("/v1/users/" + user, {{"idempotency-key", "k"}}).status == 200);
  CHECK(world.count("idempotency_keys") == 0);
}

TEST_CASE("a key requires a user it belongs to") {
  CommandsFixture world;
  const auto post = world.server.post("/v1/posts", "{}", {{"idempotency-key", "k"}});
  CHECK(post.status == 400);
  CHECK(error_in(post) ==
        "Idempotency-Key needs a user: sign in, or name one by user_id or X-User-Id");
  CHECK(world.server.post("/v1/users", R"({"handle":"ann"})", {{"idempotency-key", "k"}}).status ==
        400);
  CHECK(world.count("posts") == 0);
  CHECK(world.count("users") == 0);
  CHECK(world.server.post("/v1/posts", "{}").status == 201);
}
