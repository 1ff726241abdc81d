#include "commands/command_endpoint.hpp"
#include "commands_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a token can be read by the installation that issued it and by no other") {
  const CursorSigner ours{Secret<std::string>("ours")}, theirs{Secret<std::string>("theirs")};
  events::ConsistencyToken token{events::PgSnapshot{100, 400, {}}, 4711};
  for (events::TransactionId id = 100; id < 300; ++id) token.snapshot.xip.push_back(id);
  const auto text = commands::issue_token(ours, token);
  const auto read = commands::verify_token(ours, text);
  REQUIRE(read);
  CHECK(read->text() == token.text());
  CHECK_FALSE(commands::verify_token(theirs, text));
  CHECK_FALSE(commands::verify_token(ours, text + "A"));
  CHECK_FALSE(commands::verify_token(ours, ""));
  CHECK_FALSE(commands::verify_token(ours, ours.sign("feed:1", token.text())));
  CHECK_FALSE(commands::verify_token(ours, ours.sign("token", "no token")));
}

TEST_CASE("a command's token is covered by every later snapshot and by no earlier one") {
  CommandsFixture world;
  for (const auto& command : every_command(world)) {
    INFO(command.name);
    const auto before = world.snapshot();
    const auto done = command.send(world, "k" + std::to_string(command.event));
    const auto token = world.token(done);
    CHECK(token.own_xid);
    CHECK_FALSE(token.is_covered_by(before));
    CHECK(token.is_covered_by(world.snapshot()));
    // A replay has seen the first one's effect, too.
    const auto again = world.token(command.send(world, "k" + std::to_string(command.event)));
    CHECK_FALSE(again.is_covered_by(before));
    CHECK(again.is_covered_by(world.snapshot()));
  }
}

TEST_CASE("a repeated like's token covers the first like") {
  CommandsFixture world;
  const auto like = every_command(world)[0];
  const Headers plain{{"x-user-id", std::to_string(like.user)}};
  const auto before = world.snapshot();
  const auto first = world.server.send(like.method, like.target, "", plain);
  const auto own = world.token(first).own_xid.value();
  const auto repeated = world.token(world.server.send(like.method, like.target, "", plain));
  CHECK(repeated.snapshot.is_visible(own));
  CHECK_FALSE(repeated.is_covered_by(before));
}

TEST_CASE("a command is answered even before the server has its signing key") {
  const CursorSigner keyless;
  const auto response = commands::run_command({}, keyless, 1, [](commands::Command& command) {
    command.token = events::ConsistencyToken{};
    return http::no_content();
  });
  CHECK(response.status == 204);
  CHECK(header(response, "X-Feed-Token") == "");
}

TEST_CASE("a command's token covers its snapshot and its own transaction, and nothing else") {
  const auto seen = [](const events::PgSnapshot& snapshot, events::TransactionId own) {
    return events::ConsistencyToken{snapshot, own}.with_own_xid().text();
  };
  CHECK(seen({10, 20, {12, 15}}, 15) == "10:20:12");  // it had begun before its snapshot was taken
  CHECK(seen({10, 20, {12}}, 20) == "10:21:12");
  CHECK(seen({10, 20, {12}}, 23) == "10:24:12,20,21,22");
  CHECK(seen({10, 20, {12}}, 13) == "10:20:12");
  CHECK(events::ConsistencyToken{{10, 20, {12}}, std::nullopt}.with_own_xid().text() == "10:20:12");
}
