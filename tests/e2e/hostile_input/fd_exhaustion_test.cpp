// A server that may open few files, and a crowd that has it open many.
#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "e2e/hostile_input/hostile_input_server.hpp"
#include "support/catch.hpp"
#include "support/hostile_requests.hpp"

using namespace feedctl;
using namespace feedctl::hostile;
using namespace std::chrono_literals;

namespace {

constexpr int max_open_files = 256;
constexpr int idle_clients = 160;  // with their bodies more than that

// A serve whose limit of open files is low, and cannot be raised.
class LowFdLimitServer {
 public:
  LowFdLimitServer() : program_(argv(), options()) {
    const support::HttpClient http(port_, "127.0.0.1", 2s);
    for (int i = 0; i < 6000 && http.get("/health/ready").status != 200; ++i) {
      std::this_thread::sleep_for(20ms);
    }
  }
  int port() const { return port_; }
  std::string output() const { return program_.output(); }
  int open_files() const {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(program_.pid()) +
                                                  "/fd");
    return static_cast<int>(std::distance(begin(all), end(all)));
  }

 private:
  std::vector<std::string> argv() const {
    const auto limited = "ulimit -n " + std::to_string(max_open_files) + "; exec \"$0\" \"$@\"";
    return {"/bin/sh",
            "-c",
            limited,
            support::feedctl_binary(),
            "serve",
            "--port",
            std::to_string(port_),
            "--set",
            "auth.mode=open",
            "--set",
            "log.level=warning"};
  }
  support::RunOptions options() const {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database_.url().reveal(), "FEEDCTL_CONFIG"};
    return run;
  }

  support::FreshDatabase database_;
  const int port_ = support::free_port();
  support::BackgroundProcess program_;
};

}  // namespace

TEST_CASE(
    "incomplete bodies never use up the file descriptors that clients and the database need") {
  LowFdLimitServer serve;
  CHECK(serve.output().find("few files may be open") != std::string::npos);
  const std::string half =
      post("Content-Type: application/json\r\nContent-Length: 70000\r\n", std::string(69'000, ' '));
  std::vector<test::RawClient> slow;
  for (int i = 0; i < idle_clients; ++i) {
    slow.emplace_back(serve.port());
    slow.back().send(half);
  }
  const support::HttpClient http(serve.port(), "127.0.0.1", 60s);
  CHECK(http.get("/v1/feed/hot").status == 200);  // what was sent before has been read
  CHECK(serve.open_files() <= max_open_files - max_open_files / 8);
  int made = 0;  // a busy machine may refuse one
  for (int i = 0; i < 100 && made < 3; ++i) {
    made += http.post("/v1/users", R"({"handle":"one)" + std::to_string(i) + "\"}").status == 201;
  }
  CHECK(made == 3);
  const auto count = [&] {
    return std::count_if(slow.begin(), slow.end(),
                         [](test::RawClient& one) { return !one.is_silent(0ms); });
  };
  constexpr auto others = idle_clients - max_open_files / 4;  // those who find a place go on
  for (int i = 0; i < 6000 && count() < others; ++i) std::this_thread::sleep_for(10ms);
  const auto refused = count();
  CHECK(refused >= others);
  CHECK(refused < static_cast<std::ptrdiff_t>(slow.size()));
  CHECK(serve.output().find("cannot accept connections") == std::string::npos);
}
