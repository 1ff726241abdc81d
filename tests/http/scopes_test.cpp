#include "http/scopes.hpp"

#include "support/catch.hpp"

using namespace feedctl::http;

TEST_CASE("a list of scopes is read and written in one form") {
  CHECK(parse_scopes("read") == Scopes{Scope::read});
  CHECK(parse_scopes("admin read") == Scopes{Scope::read, Scope::admin});
  CHECK(parse_scopes("read write admin") == Scopes::all());
  CHECK(to_string(Scopes{Scope::admin, Scope::read}) == "read admin");
  CHECK(to_string(Scopes{}).empty());
  CHECK(names_of(Scopes::all()) == std::vector<std::string>{"read", "write", "admin"});
}

TEST_CASE("any other text is no list of scopes") {
  for (const auto* text : {"", " ", "read ", " read", "read  write", "read,write", "Read", "reader",
                           "read read", "automatic", "all", "read\twrite"}) {
    INFO('"' << text << '"');
    CHECK_FALSE(parse_scopes(text));
  }
}

TEST_CASE("a set of scopes has what was added and not removed") {
  Scopes scopes{Scope::read, Scope::admin};
  CHECK(scopes.has(Scope::admin));
  CHECK_FALSE(scopes.has(Scope::write));
  CHECK(scopes.in_common({Scope::admin, Scope::write}) == Scopes{Scope::admin});
  CHECK(scopes.remove(Scope::admin) == Scopes{Scope::read});
  CHECK(scopes.remove(Scope::read).empty());
}
