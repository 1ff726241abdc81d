// Restarts under load on one listening socket: no request fails. Five; twenty with FEEDCTL_LONG=1.
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/long_mode.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using feedctl::test::RawClient;
using namespace std::chrono_literals;

namespace {

// Clients that send one request after the other and count what goes wrong: a refused or reset
// connection, an answer that is cut or missing, a 5xx. A connection is left only where an answer
// says that it was its last one.
class ClientLoad {
 public:
  ClientLoad(int port, int keeping, int fresh) : port_(port) {
    for (int i = 0; i < keeping + fresh; ++i)
      clients_.emplace_back([this, i, keeping] { run(i, i < keeping); });
  }
  ~ClientLoad() { stop(); }

  void stop() {
    stopping_ = true;
    for (auto& client : clients_) {
      if (client.joinable()) client.join();
    }
  }
  int answered() const { return answered_; }
  std::vector<std::string> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  void run(int number, bool keeps) {
    std::unique_ptr<RawClient> client;
    for (int i = 0; !stopping_; ++i) {
      try {
        if (!client) client = std::make_unique<RawClient>(port_);
        client->send(request(number, i));
        const auto answer = client->read_response();
        if (!answer) {
          fail("the answer was cut or did not come");
          client.reset();
          continue;
        }
        if (answer->status >= 500) fail("status " + std::to_string(answer->status));
        ++answered_;
        if (!keeps || answer->header("connection") == "close") client.reset();
      } catch (const std::exception& error) {
        fail(error.what());
        client.reset();
      }
      std::this_thread::sleep_for(2ms);
    }
  }

  // Reads from memory, reads from the database, writes.
  static std::string request(int number, int i) {
    if (i % 10 == 9) {
      const auto name = "user-" + std::to_string(number) + "-" + std::to_string(i);
      const auto body = R"({"handle":")" + name + R"("})";
      return "POST /v1/users HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
             "Content-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    return std::string("GET ") + (i % 2 == 0 ? "/v1/feed/hot?limit=5" : "/v1/users/1") +
           " HTTP/1.1\r\nHost: t\r\n\r\n";
  }

  void fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(why);
  }

  const int port_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> answered_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> clients_;
};

std::unique_ptr<ManagedProcess> started(const support::FreshDatabase& database,
                                        const ListeningSocket& socket) {
  ProcessOptions how;
  how.socket = &socket;
  how.config = "server: {access_log: false}\ndatabase: {statement_timeout: 10s, pool_wait: 10s}\n";
  auto process = std::make_unique<ManagedProcess>(database, how);
  REQUIRE(process->wait_for_log("\"listening\""));
  return process;
}

}  // namespace

TEST_CASE("rolling restarts on one socket fail no request") {
  const support::FreshDatabase database;
  const ListeningSocket socket;
  auto running = started(database, socket);
  ClientLoad load(socket.port(), 6, 2);
  for (int i = 0; i < support::rounds(5, 20); ++i) {
    auto next = started(database, socket);
    const int before = load.answered();
    running->process().signal(SIGTERM);
    CHECK(running->process().wait(150s) == 0);
    running = std::move(next);
    CHECK(support::eventually([&] { return load.answered() >= before + 50; }));
  }
  load.stop();
  for (const auto& failure : load.failures()) UNSCOPED_INFO(failure);
  CHECK(load.failures().empty());
  CHECK(load.answered() > support::rounds(250, 1000));
}

TEST_CASE("a restart without an overlapping process delays clients, and fails none of them") {
  const support::FreshDatabase database;
  const ListeningSocket socket;
  auto running = started(database, socket);
  ClientLoad load(socket.port(), 4, 2);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(200ms);
    running->process().signal(SIGTERM);
    CHECK(running->process().wait(150s) == 0);
    running = started(database, socket);
  }
  std::this_thread::sleep_for(200ms);
  load.stop();
  for (const auto& failure : load.failures()) UNSCOPED_INFO(failure);
  CHECK(load.failures().empty());
}
