// Who runs a command, for the audit log.
#include "feedctl/cli/shell_actor.hpp"

#include "support/catch.hpp"

using feedctl::cli::shell_actor_name;

TEST_CASE("who called sudo is named, else the user of the process, else the uid") {
  CHECK(shell_actor_name("ada", "root", 0) == "ada (shell)");
  CHECK(shell_actor_name(std::nullopt, "root", 0) == "root (shell)");
  CHECK(shell_actor_name("", "root", 0) == "root (shell)");
  CHECK(shell_actor_name(std::nullopt, std::nullopt, 1000) == "uid 1000 (shell)");
}

TEST_CASE("a text in the environment that is no user name does not get into the audit log") {
  for (const std::string bad : {"a b", "a\nb", "\x1b[2J", "root (shell)", "\xc3\xa4"}) {
    CHECK(shell_actor_name(bad, "root", 0) == "root (shell)");
  }
  CHECK(shell_actor_name(std::string(65, 'a'), "root", 0) == "root (shell)");
}

TEST_CASE("a command of the shell is no user of the service") {
  const auto actor = feedctl::cli::shell_actor();
  CHECK_FALSE(actor.user);
  REQUIRE(actor.name);
  CHECK(actor.name->find(" (shell)") != std::string::npos);
}
