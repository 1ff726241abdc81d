// The file of `feedctl login`, and the redirect that ends a sign-in.
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "feedctl/cli/credentials_file.hpp"
#include "feedctl/dev/sign_in.hpp"
#include "feedctl/login/loopback_listener.hpp"
#include "support/catch.hpp"
#include "support/http_client.hpp"
#include "support/raw_client.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::cli;

namespace {

StoredTokens tokens_of(const std::string& name) {
  return {Secret("access-" + name),
          from_unix_us(1'800'000'000'000'000),
          Secret("refresh-" + name),
          from_unix_us(1'900'000'000'000'000),
          "read write",
          name};
}

ErrorCode code_of(const std::filesystem::path& path) {
  try {
    const CredentialsFile file(path);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::internal;
}

int port_of(const std::string& redirect_uri) {
  return std::stoi(redirect_uri.substr(std::string("http://127.0.0.1:").size()));
}

}  // namespace

TEST_CASE("tokens are kept by server, in a file that only its owner reads") {
  const support::TempFolder folder;
  const auto path = folder.path() / "state/feedctl/credentials.json";
  {
    CredentialsFile file(path);
    CHECK(file.servers().empty());
    file.store("https://a.example", tokens_of("ada"));
    file.store("https://b.example", tokens_of("bob"));
    file.store("https://a.example", tokens_of("eve"));
  }
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat(path.parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  {
    CredentialsFile file(path);
    const auto eve = file.find("https://a.example");
    REQUIRE(eve);
    CHECK(eve->access_token.reveal() == "access-eve");
    CHECK(eve->refresh_token.reveal() == "refresh-eve");
    CHECK(eve->access_expires_at == from_unix_us(1'800'000'000'000'000));
    CHECK(eve->handle == "eve");
    CHECK_FALSE(file.find("https://c.example"));
    file.remove("https://a.example");
  }
  CHECK(CredentialsFile(path).servers() == std::vector<std::string>{"https://b.example"});
}

TEST_CASE("a file of tokens that is damaged or readable by others is refused") {
  const support::TempFolder folder;
  const auto path = folder.write("credentials.json", R"({"servers":{}})");
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  CHECK(code_of(path) == ErrorCode::config);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  CHECK(CredentialsFile(path).servers().empty());
  for (const char* text : {"", "{", "[]", R"({"servers":[]})"}) {
    const auto damaged = folder.write("credentials.json", text);
    CHECK(code_of(damaged) == ErrorCode::config);
  }
}

TEST_CASE("secrets of the development provider go to no file that somebody else has put there") {
  const support::TempFolder folder;
  const auto foreign = folder.write("foreign", "as before");
  std::filesystem::create_symlink(foreign, folder.path() / "openid.json.new");
  write_provider_settings(folder.path(), make_provider_options(8000, 8001));
  CHECK(support::read_file(foreign) == "as before");
  struct stat info {};
  REQUIRE(::lstat((folder.path() / "openid.json").c_str(), &info) == 0);
  CHECK(S_ISREG(info.st_mode));
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(read_provider_settings(folder.path()).port == 8001);
}

TEST_CASE("the server of a sign-in is an origin") {
  CHECK(server_origin("https://Feed.example") == "https://feed.example");
  CHECK(server_origin("http://127.0.0.1:8000/") == "http://127.0.0.1:8000");
  for (const char* bad : {"", "feed.example", "ftp://feed.example", "https://feed.example/x",
                          "https://u:p@feed.example", "https://feed.example/?q"}) {
    CHECK_THROWS_AS(server_origin(bad), Error);
  }
}

TEST_CASE("a redirect counts with its path, its state and one result") {
  const auto parse = [](const std::string& target) {
    return parse_redirect("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n", "s");
  };
  CHECK(parse("/callback?code=a%2Bb&state=s")->code == "a+b");
  CHECK(parse("/callback?state=s&error=access_denied")->error == "access_denied");
  for (const char* bad : {"/callback?code=a&state=t", "/callback?code=a", "/callback?state=s",
                          "/callback?code=a&error=b&state=s", "/other?code=a&state=s",
                          "/callback?code=%zz&state=s", "/", ""}) {
    CHECK_FALSE(parse(bad));
  }
  CHECK_FALSE(parse_redirect("POST /callback?code=a&state=s HTTP/1.1\r\n\r\n", "s"));
  CHECK_FALSE(parse_redirect("", "s"));
}

TEST_CASE("a connection that sends a byte now and then does not keep the redirect out") {
  LoopbackListener listener;
  const auto port = port_of(listener.redirect_uri());
  std::atomic<bool> is_done{false};
  test::RawClient slow(port);
  std::thread drip([&] {
    while (!is_done && ::send(slow.fd(), "x", 1, MSG_NOSIGNAL) == 1)
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
  });
  std::thread browser([&] {
    test::RawClient(port).send("GET /callback?code=a&state=s HTTP/1.1\r\n\r\n").read_to_end();
  });
  const auto redirect = listener.wait("s", Deadline::after(std::chrono::minutes{5}));
  is_done = true;
  drip.join();
  browser.join();
  CHECK(redirect);
}

TEST_CASE("the listener answers strangers with 404 and waits on for the redirect") {
  LoopbackListener listener;
  const auto port = port_of(listener.redirect_uri());
  std::vector<int> statuses;
  std::thread browser([&] {
    const support::HttpClient http(port);
    statuses.push_back(http.get("/favicon.ico").status);
    statuses.push_back(http.get("/callback?code=a&state=wrong").status);
    statuses.push_back(http.get("/callback?code=a&state=right").status);
  });
  const auto redirect = listener.wait("right", Deadline::after(std::chrono::minutes{5}));
  browser.join();
  REQUIRE(redirect);
  CHECK(redirect->code == "a");
  CHECK(statuses == std::vector<int>{404, 404, 200});
  CHECK_FALSE(listener.wait("right", Deadline::after(std::chrono::milliseconds{0})));
}
