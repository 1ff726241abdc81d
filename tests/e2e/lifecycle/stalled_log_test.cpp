// What becomes of serve when nobody reads its log: a pipe to a process that was stopped, a journal
// that hangs.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "base/json.hpp"
#include "base/time.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using feedctl::test::RawClient;
using namespace std::chrono_literals;

namespace {

class LogPipe {
 public:
  LogPipe() {
    REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0);
    ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
  }
  LogPipe(const LogPipe&) = delete;
  LogPipe& operator=(const LogPipe&) = delete;
  ~LogPipe() {
    for (const int end : ends_) ::close(end);
  }

  int writer() const { return ends_[1]; }
  // Reads until a line with that text has come; false where it has not after `patience`.
  bool read_until(const std::string& text, std::chrono::milliseconds patience) {
    const auto deadline = Deadline::after(patience);
    for (;;) {
      const auto at = received_.find(text);
      if (at != std::string::npos && received_.find('\n', at) != std::string::npos) return true;
      pollfd waiting{ends_[0], POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(deadline.remaining().count())) <= 0) return false;
      char buffer[65536];
      const auto count = ::read(ends_[0], buffer, sizeof buffer);
      if (count > 0) received_.append(buffer, static_cast<std::size_t>(count));
    }
  }
  const std::string& received() const { return received_; }

 private:
  int ends_[2];
  std::string received_;
};

// serve without a database, with its standard error in a pipe.
struct PipedLogServer {
  explicit PipedLogServer(std::vector<std::string> environment = {}) {
    support::RunOptions run;
    run.environment = std::move(environment);
    run.environment.insert(
        run.environment.end(),
        {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=host=/nowhere dbname=x", "FEEDCTL_AUTH_MODE=open",
         "FEEDCTL_LOG_FORMAT=json", "FEEDCTL_SERVER_SHUTDOWN_TIMEOUT=500ms"});
    run.stdin_fd = pipe.writer();
    serve.emplace(std::vector<std::string>{"/bin/sh", "-c", "exec \"$@\" 2>&0 0</dev/null", "sh",
                                           support::feedctl_binary(), "serve", "--port",
                                           std::to_string(port)},
                  run);
    REQUIRE(pipe.read_until("\"listening\"", 150s));
  }

  // Requests whose lines are more than the pipe and the process together can hold.
  int answered(int requests) const {
    const std::string path = "/" + std::string(1000, 'x');
    std::optional<RawClient> client;
    for (int i = 0; i < requests; ++i) {
      if (i % 500 == 0) client.emplace(port);
      const auto answer = client->get(path);
      if (!answer || answer->status != 404) return i;
    }
    return requests;
  }

  LogPipe pipe;
  int port = support::free_port();
  std::optional<support::BackgroundProcess> serve;
};

constexpr int too_many = 1500;

}  // namespace

TEST_CASE("serve keeps answering while nobody reads its log, and later reports the dropped lines") {
  PipedLogServer here;
  REQUIRE(here.answered(too_many) == too_many);
  CHECK(RawClient(here.port).get("/health/live")->status == 200);
  const auto metrics = RawClient(here.port).get("/metrics")->body;
  const std::string name = "feedctl_log_dropped_total{level=\"info\"} ";
  const auto at = metrics.find(name);
  REQUIRE(at != std::string::npos);
  CHECK(std::stoi(metrics.substr(at + name.size())) > 0);
  CHECK(metrics.find("feedctl_log_dropped_total{level=\"error\"} 0") != std::string::npos);

  REQUIRE(here.pipe.read_until("lines of the log were dropped, since its reader did not keep up",
                               120s));
  CHECK(RawClient(here.port).get("/health/live?after")->status == 200);
  REQUIRE(here.pipe.read_until("/health/live", 120s));
  std::istringstream lines(here.pipe.received());
  for (std::string line; std::getline(lines, line) && !lines.eof();) {
    INFO(line);
    CHECK_NOTHROW(json::parse(line));
  }
  here.serve->signal(SIGTERM);
  CHECK(here.pipe.read_until("\"stopped\"", 120s));
  CHECK(here.serve->wait(150s) == 0);
}

TEST_CASE("SIGTERM ends serve in time, even if nobody reads its log") {
  PipedLogServer here;
  REQUIRE(here.answered(too_many) == too_many);
  here.serve->signal(SIGTERM);
  CHECK(here.serve->wait(150s) == 0);
}

TEST_CASE("a second SIGTERM ends serve immediately, even if nobody reads its log") {
  PipedLogServer here({"FEEDCTL_FAILPOINT=serve.end=stall"});
  REQUIRE(here.answered(too_many) == too_many);
  here.serve->signal(SIGTERM);
  const auto begun = Deadline::after(120s);
  const auto refused = [&] {
    try {
      RawClient(here.port).get("/health/live");
      return false;
    } catch (const std::exception&) {
      return true;
    }
  };
  while (!refused() && !begun.is_expired()) std::this_thread::sleep_for(20ms);
  here.serve->signal(SIGTERM);
  CHECK(here.serve->wait(150s) == 143);
}

TEST_CASE("requests that do not finish in time are cut off, even if nobody reads the log") {
  PipedLogServer here;
  REQUIRE(here.answered(too_many) == too_many);
  RawClient unfinished(here.port);
  unfinished.send(
      "POST /v1/users/ HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{");
  CHECK(RawClient(here.port).get("/health/live")->status == 200);
  here.serve->signal(SIGTERM);
  CHECK(here.serve->wait(150s) == 1);
}
