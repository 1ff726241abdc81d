// `feedctl dev --auth required`: tokens, and a page to sign in.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

#include "e2e/dev/dev_fixture.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"
#include "support/web_session.hpp"

namespace feedctl {
namespace {

namespace fs = std::filesystem;
using support::HttpClient;

struct DevWithTokens {
  StateFolder state;
  int port = support::free_port();
  int openid_port = support::free_port();
  Dev dev = start_dev(state.path(), port,
                      {"--auth", "required", "--openid-port", std::to_string(openid_port)});

  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port) + target;
  }
};

// Listens on a port, unless another program does already.
class ListeningSocket {
 public:
  explicit ListeningSocket(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      ::listen(fd_, 1);
  }
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket() { ::close(fd_); }

 private:
  int fd_;
};

// The rest of the line that begins with `start`.
std::string line_after(const std::string& text, const std::string& start) {
  const auto at = text.find(start);
  if (at == std::string::npos) return "";
  return text.substr(at + start.size(), text.find('\n', at) - at - start.size());
}

}  // namespace

TEST_CASE("dev --auth required demands tokens, and what it suggests works as printed") {
  const DevWithTokens world;
  const auto output = world.dev->output();
  INFO(output);
  CHECK(output.find("  sign in        " + world.url("/auth/login/dev")) != std::string::npos);
  CHECK(HttpClient(world.port).post("/v1/posts", R"({"text":"x"})", {{"X-User-Id", "1"}}).status ==
        401);

  std::istringstream lines(output);
  int count = 0, with_token = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("  curl ") != 0) continue;
    ++count;
    const auto result = support::run({"sh", "-c", line + " --fail-with-body"});
    INFO(line << '\n' << result.out << result.err);
    CHECK(result.exit_code == 0);
    if (line.find("Bearer eyJ") == std::string::npos) continue;
    ++with_token;
    const auto handle = line_after(output, "  # a request of ");
    CHECK(result.out.find("\"handle\":\"" + handle.substr(0, handle.find(';')) + "\"") !=
          std::string::npos);
  }
  CHECK(count == expected_curl_lines(output));
  CHECK(with_token == 1);
}

TEST_CASE("a sample person who signs in at dev's provider has the sample account") {
  const DevWithTokens world;
  const HttpClient http(world.port);
  const auto post = support::list_in(http.get("/v1/feed/hot?limit=1"), "posts").at(0);
  const auto config = (world.state.path() / "feedctl.yaml").string();
  CHECK((fs::status(config).permissions() & fs::perms::others_read) == fs::perms::none);
  const auto people = support::run_feedctl(
      {"users", "list", "-o", "json", "--config", config, "--limit", "100000"});
  REQUIRE(people.exit_code == 0);
  const auto oldest = json::parse(people.out).array()->back();

  support::WebSession session;
  const auto handle = support::text_in(oldest, "handle");
  const auto page = session.sign_in(world.url("/auth/login/dev"), handle);
  INFO(page.response.body);
  REQUIRE(page.response.status == 200);
  const auto tokens = json::parse(page.response.body);
  CHECK(support::text_in(support::member_in(tokens, "user"), "handle") == handle);
  const auto liked = http.post(
      "/v1/likes", "{\"post_id\":" + std::to_string(support::integer_in(post, "id")) + "}",
      {{"Authorization", "Bearer " + support::text_in(tokens, "access_token")}});
  CHECK(liked.status / 100 == 2);

  const pid_t provider = child_named(world.dev->pid(), "feedctl openid-provider");
  REQUIRE(provider != 0);
  REQUIRE(::kill(provider, SIGKILL) == 0);
  const HttpClient openid(world.openid_port);
  CHECK(support::eventually(
      [&] { return openid.get("/.well-known/openid-configuration").status == 200; }));
}

TEST_CASE("dev has accounts for its console, also where requests need no token") {
  const StateFolder state;
  const int port = support::free_port();
  const auto base = "http://127.0.0.1:" + std::to_string(port);
  for (int run = 0; run < 2; ++run) {  // the second one finds them
    const auto dev = start_dev(state.path(), port, {"--no-redis"});
    const auto output = dev->output();
    INFO(output);
    CHECK(output.find(base + "/admin/") != std::string::npos);
    CHECK(output.find(base + "/api/docs/") != std::string::npos);
    const HttpClient http(port);
    CHECK(http.get("/admin/").status == 200);
    for (const std::string role : {"admin", "editor"}) {
      INFO(role);
      support::WebSession session;
      const auto page = session.sign_in(base + "/auth/login/dev?scope=read%20admin", role);
      INFO(page.response.body);
      REQUIRE(page.response.status == 200);
      const support::HttpHeaders bearer{
          {"Authorization", "Bearer " + support::text_in(page.response, "access_token")}};
      CHECK(support::text_in(http.get("/auth/me", bearer), "role") == role);
      CHECK(http.get("/api/v1/admin/dashboard", bearer).status == (role == "admin" ? 200 : 403));
    }
    CHECK(http.get("/api/v1/admin/dashboard", {{"X-User-Id", "1"}}).status == 401);
  }
}

TEST_CASE("dev takes another port for its provider where the next one is taken") {
  const StateFolder state;
  const int port = support::free_port();
  const ListeningSocket taken(port + 1);
  const auto dev = start_dev(state.path(), port, {"--no-redis"});
  const auto openid = line_after(dev->output(), "  OpenID         http://127.0.0.1:");
  CHECK(!openid.empty());
  CHECK(openid != std::to_string(port + 1));
}

TEST_CASE("the provider without passwords starts for its dev only") {
  const support::TempFolder folder;
  folder.write("openid.json", R"({"port":1})");
  const auto refused = [&] {
    const auto result =
        support::run_feedctl({"openid-provider", "--state", folder.path().string()});
    INFO(result.err);
    return result.exit_code == 64 &&
           result.err.find("only `feedctl dev` may start") != std::string::npos;
  };
  CHECK(refused());
  folder.write("dev.pid", "1\n");
  CHECK(refused());
  // This process is its parent, so it gets to its settings, which lack most.
  folder.write("dev.pid", std::to_string(::getpid()));
  const auto read = support::run_feedctl({"openid-provider", "--state", folder.path().string()});
  CHECK(read.exit_code == 65);
  CHECK(read.err.find("client_id") != std::string::npos);
}

TEST_CASE("dev refuses one port for both the server and the provider, before it starts anything") {
  const StateFolder state;
  auto command = dev_command(state.path(), 1);
  command.back() = std::to_string(support::free_port());
  command.insert(command.end(), {"--auth", "required", "--openid-port", command.back()});
  const auto result = support::run(command);
  CHECK(result.exit_code == 64);
  CHECK(result.err.find("--openid-port") != std::string::npos);
  CHECK_FALSE(fs::exists(state.path() / "postgres"));
}

}  // namespace feedctl
