#include "loadtest/mix.hpp"

#include "base/error.hpp"
#include "loadtest/mix_reader.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;

namespace {

// "line: text" of each mistake, or "no mistake".
std::vector<std::string> mistakes_in(const std::string& yaml) {
  try {
    read_mix(yaml, "mix.yaml");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    std::vector<std::string> all;
    for (const auto& field : error.fields()) all.push_back(field.pointer + ": " + field.detail);
    return all;
  }
  return {"no mistake"};
}

const MixOperation& operation(const Mix& mix, const std::string& name) {
  for (const auto& one : mix.operations) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no operation " + name);
}

}  // namespace

TEST_CASE("both presets can be read and hold what their names say") {
  const auto standard = load_mix("default");
  CHECK(standard.name == "default");
  for (const char* name : {"feed", "hot", "post", "like", "view"})
    CHECK(operation(standard, name).weight > 0);
  const auto reads = load_mix("read-heavy");
  CHECK(operation(reads, "feed").weight == 60);
  CHECK(operation(reads, "hot").weight == 30);
  CHECK(operation(reads, "like").weight + operation(reads, "post").weight == 10);
  CHECK(operation(reads, "like").expect == std::vector<int>{200, 201});
  CHECK(operation(reads, "hot").is_anonymous);
  CHECK_FALSE(operation(reads, "feed").is_anonymous);
}

TEST_CASE("every key of a mix is read") {
  const auto mix = read_mix(R"(operations:
  feed: 2.5
  like: {weight: 3, expect: [201, 404], anonymous: true}
  export:
    weight: 1
    expect: 204
    raw:
      method: PUT
      path: /v1/posts/{post}
      body: '{"by": {user}}'
      headers: {X-Test: yes}
users: {zipf: 1.2}
text: {min: 5, max: 6}
page_size: 7
batch_size: 8
idempotency_keys: false
)",
                            "some/evening.yaml");
  CHECK(mix.name == "evening");
  CHECK(operation_names(mix) == std::vector<std::string>{"feed", "like", "export"});
  CHECK(operation(mix, "feed").weight == 2.5);
  CHECK(operation(mix, "like").expect == std::vector<int>{201, 404});
  CHECK(operation(mix, "like").is_anonymous);
  const auto& raw = operation(mix, "export");
  CHECK(raw.action == Action::raw);
  CHECK(raw.expect == std::vector<int>{204});
  CHECK(raw.raw.method == "PUT");
  CHECK(raw.raw.path == "/v1/posts/{post}");
  CHECK(raw.raw.body == "{\"by\": {user}}");
  CHECK(raw.raw.headers == std::vector<std::pair<std::string, std::string>>{{"X-Test", "yes"}});
  CHECK(mix.zipf_exponent == 1.2);
  CHECK(mix.min_text == 5);
  CHECK(mix.max_text == 6);
  CHECK(mix.page_size == 7);
  CHECK(mix.batch_size == 8);
  CHECK_FALSE(mix.sends_idempotency_keys);
}

TEST_CASE("every mistake of a mix is reported at its line") {
  const auto found = mistakes_in(R"(operations:
  fede: 1
  feed: many
  hot: {wieght: 3}
  post: {expect: [9, 201]}
  feed: 3
user: {zipf: 1}
text: {min: 50, max: 10}
page_size: 2.5
idempotency_keys: maybe
)");
  REQUIRE(found.size() == 9);
  CHECK(found[0] == "mix.yaml:2: there is no operation \"fede\"; did you mean feed?");
  CHECK(found[1] == "mix.yaml:3: operations.feed expects a number from 0 to 1000000, not \"many\"");
  CHECK(found[2] == "mix.yaml:4: there is no key \"wieght\" here; did you mean weight?");
  CHECK(found[3] ==
        "mix.yaml:5: operations.post.expect expects a number from 200 to 599, not \"9\"");
  CHECK(found[4] == "mix.yaml:6: operations.feed stands twice");
  CHECK(found[5] == "mix.yaml:7: there is no key \"user\" here; did you mean users?");
  CHECK(found[6] == "mix.yaml:8: text.min is above text.max");
  CHECK(found[7] == "mix.yaml:9: page_size expects a whole number");
  CHECK(found[8] == "mix.yaml:10: idempotency_keys expects true or false");
}

TEST_CASE("a raw operation cannot break out of its request") {
  const auto found = mistakes_in(R"(operations:
  a: {raw: {path: "/x HTTP/1.1"}}
  b: {raw: {path: /x, method: "GET /"}}
  c: {raw: {path: /x, headers: {X-A: "1\r\nX-B: 2"}}}
  d: {raw: {path: /x, headers: {Host: other}}}
  e: {raw: {path: no-slash}}
)");
  REQUIRE(found.size() == 5);
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i].rfind("mix.yaml:" + std::to_string(i + 2) + ":", 0) == 0);
}

TEST_CASE("what is no mix is refused") {
  CHECK(mistakes_in("").size() == 1);
  CHECK(mistakes_in("- feed").size() == 1);
  CHECK(mistakes_in("operations: {}").size() == 1);
  CHECK(mistakes_in("operations: {feed: 0}").size() == 1);
  CHECK(mistakes_in("page_size: 5").size() == 1);
  CHECK(mistakes_in("operations: {feed: [").size() == 1);
  CHECK(mistakes_in(std::string("operations: {feed: 1}\0", 22)).size() == 1);
  CHECK(mistakes_in("operations: {feed: 1}\n#\xff").size() == 1);
  CHECK(mistakes_in(std::string(max_mix_bytes + 1, '#')).size() == 1);
  std::string many = "operations:\n";
  for (std::size_t i = 0; i <= max_operations; ++i)
    many += "  raw_" + std::to_string(i) + ": {raw: {path: /}}\n";
  CHECK(mistakes_in(many) ==
        std::vector<std::string>{"mix.yaml:66: a mix has at most 64 operations"});
}

TEST_CASE("a mix is a preset or a file") {
  const support::TempFolder folder;
  const auto file = folder.write("mine.yaml", "operations: {hot: 1}\n");
  CHECK(load_mix(file.string()).name == "mine");
  CHECK(support::error_code_of([] { load_mix("defualt"); }) == ErrorCode::usage);
  try {
    load_mix("defualt");
  } catch (const Error& error) {
    CHECK(error.hint() == "did you mean default?");
  }
}

TEST_CASE("a mix knows whether it needs users and posts") {
  CHECK_FALSE(needs_users(read_mix("operations: {hot: 1, health: 1, page: 1}", "x")));
  CHECK(needs_users(read_mix("operations: {hot: 1, feed: 1}", "x")));
  CHECK(needs_users(read_mix("operations: {a: {anonymous: true, raw: {path: '/{user}'}}}", "x")));
  CHECK_FALSE(needs_posts(read_mix("operations: {hot: 1, feed: 1}", "x")));
  CHECK(needs_posts(read_mix("operations: {like: 1}", "x")));
  CHECK(needs_posts(read_mix("operations: {a: {raw: {path: '/{post}'}}}", "x")));
}
