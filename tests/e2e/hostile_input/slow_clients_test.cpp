// Rows 9 and 10, and a client that says nothing, at the deadlines that are documented.
#include <chrono>
#include <string>

#include "e2e/hostile_input/hostile_input_server.hpp"
#include "support/catch.hpp"
#include "support/hostile_requests.hpp"

using namespace feedctl;
using namespace feedctl::hostile;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// A client that goes on sending a little until it is answered or cut off.
struct SlowClient {
  const char* description;
  test::RawClient client;
  std::string head;
  std::string piece;
  int status;                                // 0: it is cut off without a word
  std::chrono::milliseconds min_duration{};  // not before
  Clock::time_point started_at{};
  bool is_done = false;
};

}  // namespace

TEST_CASE("slow and silent clients are closed at a total deadline, and others are served") {
  HostileInputServer world;
  const std::string sized = "Content-Length: 100000\r\nContent-Type: application/json\r\n";
  const std::string in_chunks = "Transfer-Encoding: chunked\r\n";
  SlowClient all[] = {
      {"9: a head, byte by byte", world.client(), "GET / HTTP/1.1\r\nX: ", "a", 408, 10s},
      {"9: a head, field by field", world.client(), "GET / HTTP/1.1\r\n", "A: b\r\n", 408, 10s},
      {"9: half a request line", world.client(), "GE", "", 408, 10s},
      {"10: a body", world.client(), post(sized), std::string(20, ' '), 408, 5s},
      {"10: a body in chunks", world.client(), post(in_chunks), "1\r\n \r\n", 408, 5s},
      {"10: a body that never begins", world.client(), post(sized), "", 408, 5s},
      {"a client that says nothing", world.client(), "", "", 0, 15s},
  };
  for (auto& one : all) {
    one.started_at = Clock::now();
    one.client.send(one.head);
  }
  std::size_t left = std::size(all);
  while (left > 0 && Clock::now() - all[0].started_at < 60s) {
    for (auto& one : all) {
      if (one.is_done) continue;
      INFO(one.description);
      if (one.client.is_silent(20ms)) {
        one.client.send(one.piece);
        continue;
      }
      one.is_done = true;
      --left;
      CHECK(Clock::now() - one.started_at >= one.min_duration);
      if (one.status != 0) {
        const auto answer = read_final_response(one.client);
        REQUIRE(answer);
        CHECK(answer->status == one.status);
        CHECK(answer->header("connection") == "close");
        CHECK(answer->header("content-type") == "application/problem+json");
      }
      CHECK(one.client.is_closed());
    }
    auto other = world.client();
    REQUIRE(other.send(valid_request()).read_response());
  }
  CHECK(left == 0);
}
