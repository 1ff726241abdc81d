// The change of an entry as people read it.
#include "audit/change_text.hpp"

#include "base/utf8.hpp"
#include "support/catch.hpp"

using namespace feedctl;

namespace {

std::string text_of(const std::optional<std::string>& before,
                    const std::optional<std::string>& after) {
  return audit::change_text({"page.update", "page:1", before, after});
}

}  // namespace

TEST_CASE("members that changed are shown with both values") {
  CHECK(text_of(R"({"role":"admin"})", R"({"role":"user"})") == "role admin -> user");
  CHECK(text_of(R"({"a":1,"b":null})", R"({"a":2.5,"b":true})") == "a 1 -> 2.5, b - -> yes");
  CHECK(text_of(R"({"reason":"spam"})", "{}") == "reason spam -> -");
}

TEST_CASE("an object that was made or deleted is shown with its values") {
  CHECK(text_of(std::nullopt, R"({"handle":"ada","role":"user"})") == "handle ada, role user");
  CHECK(text_of(R"({"kind":"event"})", std::nullopt) == "kind event");
  CHECK(text_of(std::nullopt, std::nullopt) == "");
}

TEST_CASE("lists and objects are shown on one line") {
  CHECK(text_of(R"({"contents":["a","b"]})", R"({"contents":[]})") == "contents [a, b] -> []");
  CHECK(text_of(std::nullopt, R"({"x":{"y":[1,{}]}})") == "x {y [1, {}]}");
}

TEST_CASE("a long value is cut between two characters") {
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ä";
  const auto text = text_of(std::nullopt, "{\"x\":\"a" + umlauts + "\"}");
  CHECK(text.size() < 70);
  CHECK(text.substr(text.size() - 2) == "..");
  CHECK(utf8_length(text));
}
