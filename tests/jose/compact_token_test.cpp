// The form of signed tokens: parts, their encoding, signatures and audiences.
#include "jose/compact_token.hpp"

#include <functional>
#include <string>

#include "support/catch.hpp"

using namespace feedctl;

namespace {

std::string fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const jose::MalformedToken& error) {
    return error.what();
  }
  return "";
}

bool is_for(const std::string& claims) {
  return jose::has_audience(json::parse(claims), "feedctl");
}

}  // namespace

TEST_CASE("a token has three parts, which are not decoded") {
  const auto parts = jose::split_token("aGVhZA.cGF5bG9hZA.c2ln");
  CHECK(parts.header == "aGVhZA");
  CHECK(parts.payload == "cGF5bG9hZA");
  CHECK(parts.signature == "c2ln");
  CHECK(jose::split_token("..").payload.empty());
  for (const std::string token : {"", "a", "a.b", "a.b.c.d", "..."}) {
    INFO(token);
    CHECK(fault_of([&] { jose::split_token(token); }) == "not three parts");
  }
}

TEST_CASE("a part is canonical base64url, and not empty") {
  CHECK(jose::decode_part("aGVhZA") == "head");
  for (const std::string part : {"", "aGVhZA==", "aGVhZB", "a+/b", "aGVh ZA", "a"}) {
    INFO(part);
    CHECK(fault_of([&] { jose::decode_part(part); }) == "not canonical base64url");
  }
}

TEST_CASE("header and claims are JSON objects") {
  CHECK(jose::parse_object(R"({"alg":"ES256"})").find("alg") != nullptr);
  CHECK(fault_of([] { jose::parse_object("[]"); }) == "not a JSON object");
  CHECK(fault_of([] { jose::parse_object("7"); }) == "not a JSON object");
  CHECK_THROWS_AS(jose::parse_object("{"), jose::MalformedToken);
  CHECK_THROWS_AS(jose::parse_object(R"({"a":1,"a":2})"), jose::MalformedToken);
}

TEST_CASE("a signature of ES256 is two numbers of 32 bytes, neither of which is zero") {
  const std::string zero(32, '\0'), one = zero.substr(1) + '\1';
  CHECK(jose::has_es256_form(one + one));
  CHECK_FALSE(jose::has_es256_form(zero + one));
  CHECK_FALSE(jose::has_es256_form(one + zero));
  CHECK_FALSE(jose::has_es256_form(one + one + '\1'));
  CHECK_FALSE(jose::has_es256_form(one + one.substr(1)));
  CHECK_FALSE(jose::has_es256_form(""));
}

TEST_CASE("an audience is one text or a list of texts") {
  CHECK(is_for(R"({"aud":"feedctl"})"));
  CHECK(is_for(R"({"aud":["other","feedctl"]})"));
  for (const char* claims :
       {"{}", R"({"aud":"other"})", R"({"aud":[]})", R"({"aud":[1,null]})", R"({"aud":null})",
        R"({"aud":{"feedctl":1}})", R"({"aud":"FEEDCTL"})"}) {
    INFO(claims);
    CHECK_FALSE(is_for(claims));
  }
}
