#include "verify_fixture.hpp"

#include "support/catch.hpp"

namespace feedctl::test {

VerifyFixture::VerifyFixture() {
  const auto seeded = feedctl({"seed", "--users", "120", "--posts", "600", "--follows", "1500",
                               "--likes", "2000", "--seed", "7", "--feeds", "all"});
  INFO(seeded.err);
  REQUIRE(seeded.exit_code == 0);
  REQUIRE(missing_rows() == "0");
}

support::RunOptions VerifyFixture::options() const {
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  return options;
}

std::string VerifyFixture::missing_rows() const {
  return sql(
      "SELECT count(*) FROM feed_state s JOIN follows f ON f.follower_id = s.user_id"
      " JOIN users a ON a.id = f.followee_id AND a.deleted_at IS NULL"
      " JOIN posts p ON p.author_id = f.followee_id AND p.deleted_at IS NULL"
      " WHERE s.state = 2 AND p.id >= (SELECT floor FROM feed_floor)"
      " AND NOT EXISTS (SELECT FROM user_feed r WHERE r.user_id = s.user_id AND r.post_id = p.id)");
}

}  // namespace feedctl::test
