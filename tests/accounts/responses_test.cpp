#include "accounts/responses.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("the account of who asks has the link to the avatar, or null") {
  users::User user;
  user.handle = "ada";
  const auto without = accounts::account_response(user, false, std::nullopt).body;
  CHECK(without.find("\"avatar\":null,\"followers\":0") != std::string::npos);
  user.avatar = 12;
  const auto with = accounts::account_response(user, false, std::nullopt).body;
  CHECK(with.find("\"avatar\":\"/v1/media/12\",\"followers\":0") != std::string::npos);
}
