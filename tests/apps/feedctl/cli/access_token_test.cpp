// The access token of commands that call a server, and its refresh.
#include <cstdlib>
#include <mutex>

#include "base/error.hpp"
#include "base/json.hpp"
#include "feedctl/cli/credentials.hpp"
#include "feedctl/cli/credentials_file.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::cli;
using namespace std::chrono_literals;

namespace {

constexpr const char* fresh_tokens =
    R"({"access_token":"access-2","token_type":"Bearer","expires_in":600,)"
    R"("refresh_token":"refresh-2","refresh_expires_in":1209600,"scope":"read write",)"
    R"("user":{"handle":"ada"}})";

class SignedInAccount {
 public:
  SignedInAccount() { ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  ~SignedInAccount() { ::unsetenv("XDG_STATE_HOME"); }
  SignedInAccount(const SignedInAccount&) = delete;
  SignedInAccount& operator=(const SignedInAccount&) = delete;

  void store(std::chrono::seconds left) {
    CredentialsFile().store(server.origin(),
                            {Secret<std::string>("access-1"), now() + left,
                             Secret<std::string>("refresh-1"), now() + 24h, "read write", "ada"});
  }
  void set_answer(std::string answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  std::string token() { return access_token_for(server.origin() + "/").value().reveal(); }
  ErrorCode failure() {
    try {
      token();
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("refresh-1") == std::string::npos);
      CHECK(error.detail().find("refresh-1") == std::string::npos);
      return error.code();
    }
    return ErrorCode::internal;
  }
  std::string stored_refresh_token() {
    const auto found = CredentialsFile().find(server.origin());
    return found ? found->refresh_token.reveal() : "";
  }
  support::ScriptedRequest last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void serve(support::ScriptedConnection& connection) {
    auto request = connection.read_request();
    if (!request) return;
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      last_ = *std::move(request);
      answer = answer_;
    }
    connection.write(answer);
  }

  support::TempFolder folder_;
  std::mutex mutex_;
  support::ScriptedRequest last_;
  std::string answer_ = support::http_answer(fresh_tokens);

 public:  // the last member: its threads use the others
  support::ScriptedServer server{[this](auto& connection) { serve(connection); }};
};

}  // namespace

TEST_CASE("a token that is good for a while is taken as it is") {
  SignedInAccount account;
  CHECK_FALSE(access_token_for(account.server.origin()));
  account.store(10min);
  CHECK(account.token() == "access-1");
  CHECK(account.server.connections() == 0);
}

TEST_CASE("a token that ends is refreshed, and both new ones are kept") {
  SignedInAccount account;
  account.store(10s);
  CHECK(account.token() == "access-2");
  const auto request = account.last();
  CHECK(request.method == "POST");
  CHECK(request.target == "/auth/refresh");
  CHECK(support::text_in(json::parse(request.body), "refresh_token") == "refresh-1");
  CHECK(account.stored_refresh_token() == "refresh-2");
  CHECK(account.token() == "access-2");
  CHECK(account.server.connections() == 1);
}

TEST_CASE("a session that has ended is forgotten") {
  SignedInAccount account;
  account.store(0s);
  account.set_answer(
      support::http_answer(R"({"error":"no"})", "application/problem+json", "401 Unauthorized"));
  CHECK(account.failure() == ErrorCode::failed);
  CHECK(account.stored_refresh_token().empty());
  CHECK_FALSE(access_token_for(account.server.origin()));
}

TEST_CASE("a refresh that fails otherwise keeps the refresh token") {
  SignedInAccount account;
  account.store(0s);
  for (const char* status : {"503 Service Unavailable", "409 Conflict", "403 Forbidden"}) {
    account.set_answer(
        support::http_answer(R"({"error":"no"})", "application/problem+json", status));
    CHECK(account.failure() == ErrorCode::failed);
    CHECK(account.stored_refresh_token() == "refresh-1");
  }
  account.set_answer(support::http_answer(R"({"access_token":"access-2"})"));
  CHECK(account.failure() == ErrorCode::failed);
  account.set_answer("");
  CHECK(account.failure() == ErrorCode::unavailable);
  CHECK(account.stored_refresh_token() == "refresh-1");
}
