// `feedctl logout` as a process, against a server of the same database.
#include <filesystem>

#include "accounts_fixture.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using test::AccountsFixture;

namespace {

namespace fs = std::filesystem;

// A state folder in which somebody is signed in at `server`.
class SignedInFolder {
 public:
  SignedInFolder(const std::string& server, const std::string& refresh_token) {
    fs::create_directory(folder_.path() / "feedctl");
    folder_.write("feedctl/credentials.json",
                  R"({"servers":{")" + server + R"(":{"access_token":"x","access_expires_at":)" +
                      R"("2020-01-01T00:00:00Z","refresh_token":")" + refresh_token +
                      R"(","refresh_expires_at":"2099-01-01T00:00:00Z","scope":"read",)" +
                      R"("handle":"ada"}}})");
    fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
  }
  fs::path file() const { return folder_.path() / "feedctl/credentials.json"; }
  support::RunResult run(const std::vector<std::string>& words) const {
    support::RunOptions options;
    options.environment = {"XDG_STATE_HOME=" + folder_.path().string(), "FEEDCTL_CONFIG"};
    return support::run_feedctl(words, options);
  }

 private:
  support::TempFolder folder_;
};

}  // namespace

TEST_CASE("feedctl logout ends the session at the server and removes its tokens") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  const support::ServerProcess server(site.fresh);
  const auto origin = "http://127.0.0.1:" + std::to_string(server.port());
  const SignedInFolder folder(origin, support::text_in(tokens, "refresh_token"));
  const auto result = folder.run({"logout"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(site.scalar("SELECT revoked_reason FROM sessions") == "logout");
  CHECK(support::read_file(folder.file()).find("fr_") == std::string::npos);
  const auto again = folder.run({"logout"});
  CHECK(again.exit_code == 1);
  CHECK(again.err.find("not signed in") != std::string::npos);
}

TEST_CASE("feedctl logout removes the tokens where the server is not reached, and says so") {
  const auto origin = "http://127.0.0.1:" + std::to_string(support::free_port());
  const SignedInFolder folder(origin, "fr_secret");
  const auto result = folder.run({"logout", "--server", origin + "/"});
  CHECK(result.exit_code == 69);
  CHECK(result.err.find("the tokens are removed here") != std::string::npos);
  CHECK(result.err.find("fr_secret") == std::string::npos);
  CHECK(support::read_file(folder.file()).find("fr_secret") == std::string::npos);
}

TEST_CASE("tokens that others can read are not used") {
  const SignedInFolder folder("https://feed.example", "fr_secret");
  fs::permissions(folder.file(), fs::perms::others_read, fs::perm_options::add);
  const auto result = folder.run({"logout"});
  CHECK(result.exit_code == 78);
  CHECK(result.err.find("chmod 600") != std::string::npos);
  const auto login = folder.run({"login", "--server", "http://127.0.0.1:1"});
  CHECK(login.exit_code == 78);
  CHECK(login.err.find("chmod 600") != std::string::npos);
}
