// feedctl top in a real terminal: what it shows, its keys, and how it leaves the terminal.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "pty_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/scripted_server.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::support;
using feedctl::test_top::PtyProcess;
using feedctl::test_top::TerminalModel;

namespace {

std::string url_of(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

std::string line_with(const TerminalModel& screen, const std::string& text) {
  for (const auto& line : screen.lines()) {
    if (line.find(text) != std::string::npos) return line;
  }
  return "";
}

bool has_no_fault(const TerminalModel& screen) {
  INFO(screen.unknown);
  return screen.unknown.empty() && !screen.is_overfull;
}

void check_restored(PtyProcess& top) {
  CHECK(top.wait_for([](const TerminalModel& screen) {
    return !screen.is_alternate && screen.is_cursor_shown && screen.wraps;
  }));
  CHECK(top.modes().c_lflag == top.modes_before().c_lflag);
  CHECK(top.modes().c_iflag == top.modes_before().c_iflag);
}

// Requests that top must show, until the screen has what the test waits for.
class Load {
 public:
  explicit Load(const ServerProcess& server)
      : thread_([client = server.client()](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            client.get("/v1/feed/hot");
            client.get("/v1/posts/7");
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace

TEST_CASE("top shows a server's requests on 80 columns and 24 lines, and follows another size") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const Load load(server);
  PtyProcess top({"top", "-i", "300ms", url_of(server.port())}, 80, 24);
  REQUIRE(top.wait_for_text("GET /v1/feed/hot"));
  auto screen = top.screen();
  INFO(screen.text());
  CHECK(has_no_fault(screen));
  CHECK(screen.is_alternate);
  CHECK_FALSE(screen.is_cursor_shown);
  CHECK(screen.has_color);
  CHECK(screen.lines().front().find("1 of 1 answer") != std::string::npos);
  CHECK(line_with(screen, "127.0.0.1:").find("serve ok") != std::string::npos);
  CHECK(line_with(screen, "needs").find("postgresql up") != std::string::npos);
  CHECK(screen.lines().back().find("q quit") == 0);

  for (const auto& [width, height] :
       {std::pair<std::size_t, std::size_t>{160, 50}, {40, 10}, {2, 2}}) {
    top.resize(width, height);
    REQUIRE(top.wait_for([&](const TerminalModel& now) {
      return !now.lines().front().empty() && !now.lines().back().empty();
    }));
    CHECK(has_no_fault(top.screen()));
  }
  top.resize(160, 50);
  CHECK(top.wait_for_text("FLIGHT"));
  top.type("q");
  CHECK(top.wait_exit() == 0);
  check_restored(top);
}

TEST_CASE("top sorts routes, pauses and continues by its keys") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const Load load(server);
  PtyProcess top({"top", "-i", "200ms", url_of(server.port())}, 100, 30);
  REQUIRE(top.wait_for_text(">REQ/S"));
  for (const auto* title : {">P99", ">ERR/S", ">ROUTE", ">REQ/S"}) {
    top.type("s");
    CHECK(top.wait_for_text(title));
  }
  REQUIRE(top.wait_for_text("GET /v1/feed/hot"));
  top.type("p");
  REQUIRE(top.wait_for_text("paused"));
  const auto requests = line_with(top.screen(), "requests ");
  top.type("s");
  REQUIRE(top.wait_for_text(">P99"));
  CHECK(line_with(top.screen(), "requests ") == requests);
  top.type(" ");
  CHECK(top.wait_without_text("paused"));
  CHECK(top.wait_for(
      [&](const TerminalModel& screen) { return line_with(screen, "requests ") != requests; }));
  top.type("\033[B");
  CHECK(top.wait_for([](const TerminalModel& screen) {
    const auto lines = screen.lines();
    return std::count_if(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.starts_with("GET "); }) == 1;
  }));
  top.type("q");
  CHECK(top.wait_exit() == 0);
}

TEST_CASE("top shows that a server went away and why, and takes it in again") {
  const FreshDatabase database;
  ServerProcess server(database);
  const ServerProcess other(database);
  PtyProcess top({"top", "-i", "200ms", url_of(server.port()), url_of(other.port())}, 80, 24);
  REQUIRE(top.wait_for_text("2 of 2 answer"));
  server.kill();
  REQUIRE(top.wait_for_text("1 of 2 answer"));
  const auto line = line_with(top.screen(), std::to_string(server.port()));
  CHECK(line.find("down") != std::string::npos);
  CHECK(line.find("connect: Connection refused") != std::string::npos);
  server.start();
  CHECK(top.wait_for_text("2 of 2 answer"));
  top.type("q");
  CHECK(top.wait_exit() == 0);
}

TEST_CASE("top restores the terminal, whatever ends it") {
  const auto nobody = url_of(free_port());
  const std::vector<std::string> command{"top", "-i", "200ms", nobody};
  SECTION("Ctrl-C") {
    PtyProcess top(command, 80, 24);
    REQUIRE(top.wait_for_text("0 of 1 answer"));
    top.type("\003");
    CHECK(top.wait_exit() == 130);
    check_restored(top);
  }
  SECTION("the end of input") {
    PtyProcess top(command, 80, 24);
    REQUIRE(top.wait_for_text("0 of 1 answer"));
    top.type("\004");
    CHECK(top.wait_exit() == 0);
    check_restored(top);
  }
  const auto ends_by = [&](int signal, int code) {
    PtyProcess top(command, 80, 24);
    REQUIRE(top.wait_for_text("0 of 1 answer"));
    ::kill(top.pid(), signal);
    CHECK(top.wait_exit() == code);
    check_restored(top);
  };
  SECTION("SIGTERM") {
    ends_by(SIGTERM, 143);
  }
  SECTION("SIGHUP") {
    ends_by(SIGHUP, 129);
  }
  SECTION("SIGQUIT") {
    ends_by(SIGQUIT, 131);
  }
  SECTION("a crash") {
    ends_by(SIGSEGV, 128 + SIGSEGV);
  }
  SECTION("an abort") {
    ends_by(SIGABRT, 128 + SIGABRT);
  }
}

TEST_CASE("top gives the terminal back while it is suspended, and takes it again") {
  PtyProcess top({"top", "-i", "200ms", url_of(free_port())}, 80, 24);
  REQUIRE(top.wait_for_text("0 of 1 answer"));
  top.type("\032");  // Ctrl-Z
  REQUIRE(eventually([&] { return top.is_suspended(); }));
  CHECK(top.wait_for([](const TerminalModel& s) { return !s.is_alternate; }));
  check_restored(top);
  ::kill(top.pid(), SIGCONT);
  CHECK(top.wait_for([](const TerminalModel& s) { return s.is_alternate; }));
  CHECK(top.wait_for_text("0 of 1 answer"));
  top.type("q");
  CHECK(top.wait_exit() == 0);
  check_restored(top);
}

TEST_CASE("top uses no colour where NO_COLOR says so, and no screen where TERM is dumb") {
  const auto nobody = url_of(free_port());
  PtyProcess plain({"top", nobody}, 80, 24, {"NO_COLOR=1"});
  REQUIRE(plain.wait_for_text("0 of 1 answer"));
  CHECK(plain.wait_for_text("down"));
  CHECK_FALSE(plain.screen().has_color);
  plain.type("q");
  CHECK(plain.wait_exit() == 0);

  PtyProcess dumb({"top", "-i", "200ms", nobody}, 80, 24, {"TERM=dumb"});
  REQUIRE(dumb.wait_for_text("0 of 1 up"));
  CHECK_FALSE(dumb.screen().is_alternate);
  dumb.type("\003");
  CHECK(dumb.wait_exit() == 130);
}

TEST_CASE("top keeps what a hostile server says from steering the terminal") {
  ScriptedServer hostile([](ScriptedConnection& connection) {
    while (const auto request = connection.read_request()) {
      std::string body;
      if (request->target == "/metrics") {
        for (const auto* count : {"1", "2"})
          body += std::string(
                      "feedctl_http_request_duration_seconds_count{code=\"200\",method=\"GET\","
                      "route=\"/\033[2J\033]0;title\007/") +
                  count + "\"} " + count + "\n";
        body += "feedctl_feed_index_posts 1\nfeedctl_degraded{dependency=\"\033[31mred\"} 1\n";
      } else {
        body =
            R"({"readiness":{"status":"\u001b[5mok"},"media":{"status":"down","reason":"\u009b2J"}})";
      }
      connection.write(http_answer(body));
      return;
    }
  });
  PtyProcess top({"top", "-i", "200ms", hostile.origin()}, 80, 24);
  REQUIRE(top.wait_for_text("1 of 1 answer"));
  REQUIRE(top.wait_for_text("media down"));
  CHECK(has_no_fault(top.screen()));
  top.type("q");
  CHECK(top.wait_exit() == 0);
}
