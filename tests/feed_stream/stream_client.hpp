#pragma once
// A page that stays open: its stream, event by event.
#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace feedctl::test {

struct SentEvent {
  std::string name, data, id;  // "" where it has none

  static SentEvent parse(const std::string& block) {
    SentEvent event;
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("event: ", 0) == 0) event.name = line.substr(7);
      if (line.rfind("data: ", 0) == 0) event.data = line.substr(6);
      if (line.rfind("id: ", 0) == 0) event.id = line.substr(4);
    }
    return event;
  }
  Id post() const { return support::integer_in(json::parse(data), "id"); }
};

class StreamClient {
 public:
  // Asks again while the server has no index yet.
  StreamClient(const support::ServerProcess& serve, Id user, const std::string& last = "")
      : last_(last) {
    for (int i = 0; i < 5000; ++i) {
      client_.emplace(serve.port());
      client_->send(
          "GET /v1/feed/stream HTTP/1.1\r\nHost: t\r\nX-User-Id: " + std::to_string(user) +
          (last.empty() ? "" : "\r\nLast-Event-ID: " + last) + "\r\n\r\n");
      head_ = client_->read_until("\r\n\r\n");
      if (status() != 503 || head_.find("Retry-After: 1\r\n") == std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  int status() const { return head_.size() > 12 ? std::stoi(head_.substr(9, 3)) : 0; }
  const std::string& head() const { return head_; }
  const std::string& last_event_id() const { return last_; }  // id that it has seen
  RawClient& client() { return *client_; }

  // The next block that is an event; what else comes is taken in as a browser does.
  SentEvent read_event() {
    for (;;) {
      const auto block = client_->read_until("\n\n");
      REQUIRE_FALSE(block.empty());
      auto event = SentEvent::parse(block);
      if (!event.id.empty()) last_ = event.id;
      if (!event.name.empty()) return event;
    }
  }
  // What says where the page stands, and nothing else before it.
  void read_initial_position() {
    const auto first = client_->read_until("\n\n");
    CHECK(first == "retry: 2000\n\n");
    const auto second = client_->read_until("\n\n");
    REQUIRE(second.rfind("id: ", 0) == 0);
    last_ = second.substr(4, second.size() - 6);
  }

 private:
  std::optional<RawClient> client_;
  std::string head_, last_;
};

}  // namespace feedctl::test
