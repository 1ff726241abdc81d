#pragma once
// A client of GET /v1/feed/stream that reads event by event.
#include <chrono>
#include <deque>
#include <functional>
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
  std::string name, data, id;  // "": absent

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
  // Opens a stream. Tries again while the server has no index yet.
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
  const std::string& last_event_id() const { return last_; }  // of the last block with an id
  RawClient& client() { return *client_; }

  // The next event. Blocks without one only set the last event id, as in a browser.
  SentEvent read_event() {
    if (early_.empty())
      return read_block_until([](const SentEvent& event) { return !event.name.empty(); });
    auto event = std::move(early_.front());
    early_.pop_front();
    return event;
  }
  // Reads the preamble and the stream's position. A round that was sent while the stream was being
  // opened may come between them: read_event() returns its events.
  void read_initial_position() {
    CHECK(client_->read_until("\n\n") == "retry: 2000\n\n");
    read_block_until([&](const SentEvent& event) {
      if (!event.name.empty()) early_.push_back(event);
      return event.name.empty();
    });
    REQUIRE_FALSE(last_.empty());
  }

 private:
  SentEvent read_block_until(const std::function<bool(const SentEvent&)>& is_wanted) {
    for (;;) {
      const auto block = client_->read_until("\n\n");
      REQUIRE_FALSE(block.empty());
      auto event = SentEvent::parse(block);
      if (!event.id.empty()) last_ = event.id;
      if (is_wanted(event)) return event;
    }
  }

  std::optional<RawClient> client_;
  std::string head_, last_;
  std::deque<SentEvent> early_;
};

}  // namespace feedctl::test
