#include "accounts/refresh_token.hpp"

#include "support/catch.hpp"

using feedctl::Secret;
using feedctl::accounts::RefreshToken;

TEST_CASE("a refresh token is read back from its text") {
  const auto token = RefreshToken::make();
  const auto text = token.text().reveal();
  CHECK(text.size() == 67);
  CHECK(text.substr(0, 3) == "fr_");
  const auto parsed = RefreshToken::parse(text);
  REQUIRE(parsed);
  CHECK(parsed->text().reveal() == text);
  CHECK(parsed->session_id() == token.session_id());
  CHECK(parsed->digest() == token.digest());
  CHECK(RefreshToken::make().text().reveal() != text);
}

TEST_CASE("a successor is derived from token and pepper") {
  const Secret<std::string> pepper("pepper"), other("other");
  const auto token = RefreshToken::make();
  const auto next = token.successor(pepper);
  CHECK(next.session_id() == token.session_id());
  CHECK(next.digest() != token.digest());
  CHECK(next.text().reveal() == token.successor(pepper).text().reveal());
  CHECK(next.text().reveal() != token.successor(other).text().reveal());
  CHECK(next.successor(pepper).digest() != next.digest());
}

TEST_CASE("every truncation of a refresh token, and every text but its own, is another or none") {
  const auto token = RefreshToken::make();
  const auto text = token.text().reveal();
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(RefreshToken::parse(text.substr(0, size)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = text;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
      const auto parsed = RefreshToken::parse(changed);
      CHECK((!parsed || parsed->digest() != token.digest()));
    }
  }
}
