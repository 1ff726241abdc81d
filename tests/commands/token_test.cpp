#include "commands/answer.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a token reads back where it was issued, and nowhere else") {
  const CursorSigner ours{Secret<std::string>("ours")}, theirs{Secret<std::string>("theirs")};
  events::Token token{events::Snapshot{100, 400, {}}, 4711};
  for (events::TransactionId id = 100; id < 300; ++id) token.snapshot.xip.push_back(id);
  const auto text = commands::issue_token(ours, token);
  const auto read = commands::read_token(ours, text);
  REQUIRE(read);
  CHECK(read->text() == token.text());
  CHECK_FALSE(commands::read_token(theirs, text));
  CHECK_FALSE(commands::read_token(ours, text + "A"));
  CHECK_FALSE(commands::read_token(ours, ""));
  CHECK_FALSE(commands::read_token(ours, ours.sign("feed:1", token.text())));
  CHECK_FALSE(commands::read_token(ours, ours.sign("token", "no token")));
}

TEST_CASE("every command's token is covered by what comes after it and not by what came before") {
  World world;
  for (const auto& command : every_command(world)) {
    INFO(command.name);
    const auto before = world.snapshot();
    const auto done = command.send(world, "k" + std::to_string(command.event));
    const auto token = world.token(done);
    CHECK(token.own);
    CHECK_FALSE(token.covered_by(before));
    CHECK(token.covered_by(world.snapshot()));
    // A replay has seen the first one's effect, too.
    const auto again = world.token(command.send(world, "k" + std::to_string(command.event)));
    CHECK_FALSE(again.covered_by(before));
    CHECK(again.covered_by(world.snapshot()));
  }
}

TEST_CASE("a repeated like's token covers the first like") {
  World world;
  const auto like = every_command(world)[0];
  const Headers plain{{"x-user-id", std::to_string(like.user)}};
  const auto before = world.snapshot();
  const auto first = world.server.send(like.method, like.target, "", plain);
  const auto own = world.token(first).own.value();
  const auto repeated = world.token(world.server.send(like.method, like.target, "", plain));
  CHECK(repeated.snapshot.sees(own));
  CHECK_FALSE(repeated.covered_by(before));
}

TEST_CASE("a command that was carried out is answered also before the server has its key") {
  const CursorSigner keyless;
  const auto response = commands::answer({}, keyless, 1, [](commands::Command& command) {
    command.token = events::Token{};
    return http::no_content();
  });
  CHECK(response.status == 204);
  CHECK(header(response, "X-Feed-Token") == "");
}

TEST_CASE("what a command has seen is its snapshot and itself, and nothing else") {
  const auto seen = [](const events::Snapshot& snapshot, events::TransactionId own) {
    return events::Token{snapshot, own}.seen().text();
  };
  CHECK(seen({10, 20, {12, 15}}, 15) == "10:20:12");  // it had begun before its snapshot was taken
  CHECK(seen({10, 20, {12}}, 20) == "10:21:12");
  CHECK(seen({10, 20, {12}}, 23) == "10:24:12,20,21,22");
  CHECK(seen({10, 20, {12}}, 13) == "10:20:12");
  CHECK(events::Token{{10, 20, {12}}, std::nullopt}.seen().text() == "10:20:12");
}
