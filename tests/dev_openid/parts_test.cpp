// What the provider is made of: its options, its forms, and the store of codes and tokens.
#include "base/error.hpp"
#include "dev_openid/authorization_request.hpp"
#include "dev_openid/expiring_store.hpp"
#include "dev_openid/form.hpp"
#include "dev_openid/options.hpp"
#include "support/catch.hpp"

namespace feedctl::dev_openid {

using namespace std::chrono_literals;

namespace {

std::string message_for(const std::string& json) {
  try {
    parse_options(json);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a value expires, is taken once, and the oldest makes room") {
  ExpiringStore<int> store(60s, 2);
  const ExpiringStore<int>::Clock::time_point start{};
  const auto one = store.add(1, start);
  CHECK(store.find(one, start + 59s) == 1);
  CHECK_FALSE(store.find(one, start + 60s));
  CHECK(store.take(one, start) == 1);
  CHECK_FALSE(store.take(one, start));

  const auto two = store.add(2, start);
  CHECK_FALSE(store.take(two, start + 60s));
  const auto three = store.add(3, start);
  const auto four = store.add(4, start);
  const auto five = store.add(5, start);
  CHECK_FALSE(store.find(three, start));
  CHECK(store.find(four, start) == 4);
  CHECK(store.find(five, start) == 5);
  CHECK(four != five);
}

TEST_CASE("a form is decoded, and a parameter given twice is an error") {
  const auto form = Form::parse("a=1+2%20%2B&b=&c&d=%C3%A9");
  CHECK(form.get("a") == "1 2 +");
  CHECK(form.get("b").empty());
  CHECK_FALSE(form.has("c"));
  CHECK(form.get("d") == "\xc3\xa9");
  CHECK_THROWS_AS(Form::parse("a=1&a=2").get("a"), Error);
  CHECK_THROWS_AS(Form::parse("a=%zz"), Error);
  std::string many;
  for (std::size_t i = 0; i <= Form::max_fields; ++i) many += "a" + std::to_string(i) + "=&";
  CHECK_THROWS_AS(Form::parse(many), Error);
}

TEST_CASE("a redirect keeps the query of its URI and encodes what it adds") {
  AuthorizationRequest request;
  request.redirect_uri = "http://127.0.0.1:1/callback";
  request.state = "s t&te=#";
  CHECK(redirect_url(request, "http://127.0.0.1:2", {{"code", "c"}, {"error", ""}}) ==
        "http://127.0.0.1:1/callback?code=c&state=s%20t%26te%3D%23&iss=http%3A%2F%2F127.0.0.1%3A2");
  request.redirect_uri += "?from=here";
  request.state.clear();
  CHECK(redirect_url(request, "", {{"code", "c"}}) ==
        "http://127.0.0.1:1/callback?from=here&code=c");
}

TEST_CASE("options survive the way through JSON, and a missing member is named") {
  Options options;
  options.port = 8001;
  options.client_id = "feedctl";
  options.client_secret = Secret<std::string>("a \"secret\"");
  options.redirect_uris = {"http://127.0.0.1:8000/auth/callback/dev"};
  options.key_kind = KeyKind::es256;
  options.people = {{"ada", "Ada", "ada@example.test"}, {"bob", "", ""}};
  const auto read = parse_options(to_json(options));
  CHECK(to_json(read) == to_json(options));
  CHECK(issuer_of(read) == "http://127.0.0.1:8001");

  for (const auto& [json, member] : {std::pair{R"({"port":8001})", "\"client_id\""},
                                     {R"({"port":0})", "\"port\""},
                                     {"[]", "\"port\""}}) {
    INFO(json);
    CHECK(message_for(json).find(member) != std::string::npos);
  }
}

}  // namespace feedctl::dev_openid
