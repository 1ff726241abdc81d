// `feedctl login` as a process, against a server whose provider is played by the test.
#include <filesystem>

#include "accounts_fixture.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

// One provider, which nobody asks: of a kind whose first step needs no answer.
support::Settings provider_settings() {
  return {{"auth.public_url", "http://127.0.0.1:8000"},
          {"oidc.idp.kind", "github"},
          {"oidc.idp.client_id", "us"},
          {"oidc.idp.client_secret", "a client's secret"},
          {"oidc.idp.authorize_url", "http://127.0.0.1:1/authorize"},
          {"oidc.idp.token_url", "http://127.0.0.1:1/token"},
          {"oidc.idp.api_url", "http://127.0.0.1:1"}};
}

std::string parameter(const std::string& url, const std::string& name) {
  std::string_view rest = url;
  next_field(rest, '?');
  while (!rest.empty()) {
    auto value = next_field(rest, '&');
    if (next_field(value, '=') == name) return percent_decode(value);
  }
  return "";
}

class LoginCommandFixture {
 public:
  std::unique_ptr<support::BackgroundProcess> start_login() const {
    support::RunOptions options;
    options.environment = {"XDG_STATE_HOME=" + folder.path().string(), "FEEDCTL_CONFIG"};
    return std::make_unique<support::BackgroundProcess>(
        std::vector<std::string>{support::feedctl_binary(), "login", "--server", origin(),
                                 "--no-browser"},
        options);
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server.port()); }

  // A code as the callback of the provider stores it, but for a busy machine.
  std::string store_code(const std::string& redirect_uri, const std::string& challenge) const {
    const auto code = base64url(random_bytes(32));
    const auto user =
        site.fresh.execute("INSERT INTO users (handle, shard) VALUES ('ada', 0) RETURNING id");
    site.fresh.execute("INSERT INTO user_stats (user_id) VALUES (" + user + ")");
    site.fresh.execute(
        "INSERT INTO login_codes (code_hash, user_id, client_redirect, client_challenge, scopes, "
        "created_at) "
        "VALUES ('\\x" +
        sha256_hex(code) + "', " + user + ", '" + redirect_uri + "', '" + challenge +
        "', '{read,write}', clock_timestamp() + interval '10 minutes')");
    return code;
  }

  test::AccountsFixture site;
  support::ServerProcess server{site.fresh, provider_settings()};
  support::TempFolder folder;
};

// The browser's request to the listener of the command.
int follow(const std::string& redirect_uri, const std::string& query) {
  const auto port = std::stoi(redirect_uri.substr(std::string("http://127.0.0.1:").size()));
  return support::HttpClient(port).get("/callback?" + query).status;
}

}  // namespace

TEST_CASE("feedctl login prints a link, waits for the browser and keeps the tokens") {
  LoginCommandFixture shell;
  const auto login = shell.start_login();
  const auto link = login->wait_for_line("/auth/login/idp?", 5min);
  REQUIRE(link);
  CHECK(link->find(shell.origin()) == 0);
  const auto redirect = parameter(*link, "redirect_uri"), state = parameter(*link, "state");
  CHECK(parameter(*link, "scope") == "read write admin");
  CHECK(shell.server.client().get(link->substr(shell.origin().size())).status == 303);

  const auto code = shell.store_code(redirect, parameter(*link, "code_challenge"));
  CHECK(follow(redirect, "code=" + code + "&state=wrong") == 404);
  CHECK(follow(redirect, "code=" + code + "&state=" + state) == 200);
  CHECK(login->wait(5min) == 0);
  INFO(login->output());
  CHECK(login->output().find("ada") != std::string::npos);
  const auto file = support::read_file(shell.folder.path() / "feedctl/credentials.json");
  CHECK(file.find("\"" + shell.origin() + "\"") != std::string::npos);
  CHECK(file.find("\"fr_") != std::string::npos);
  CHECK(login->output().find("fr_") == std::string::npos);
  CHECK(shell.site.scalar("SELECT client FROM sessions") == "program");
}

TEST_CASE("feedctl login says that the provider refused, and keeps nothing") {
  LoginCommandFixture shell;
  const auto login = shell.start_login();
  const auto link = login->wait_for_line("/auth/login/idp?", 5min);
  REQUIRE(link);
  const auto state = parameter(*link, "state");
  CHECK(follow(parameter(*link, "redirect_uri"), "error=access_denied&state=" + state) == 200);
  CHECK(login->wait(5min) == 1);
  CHECK(login->output().find("the provider refused the sign-in: access_denied") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(shell.folder.path() / "feedctl/credentials.json"));
}
