// The time whose counters a Redis may have lost.
#include "views/lost_window.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using views::is_replaced;
using views::lost_window;
using views::ServerState;

namespace {

constexpr std::chrono::milliseconds horizon = 3s, settled = 100s;

// At 160 s, of a server that was started at 150 s.
ServerState started_anew() {
  ServerState server;
  server.id = "b";
  server.last_id = "a";
  server.now = 160s;
  server.started_at = 150s;
  return server;
}

}  // namespace

TEST_CASE("a server is another one if both ids are known and differ") {
  CHECK(is_replaced(started_anew()));
  auto server = started_anew();
  server.last_id = "b";
  CHECK_FALSE(is_replaced(server));
  server.last_id = "";
  CHECK_FALSE(is_replaced(server));
  server = started_anew();
  server.id = "";
  CHECK_FALSE(is_replaced(server));
}

TEST_CASE("a restart has lost what is younger than the horizon, and no more than came meanwhile") {
  CHECK(lost_window(started_anew(), settled, horizon) == 3s);
  CHECK(lost_window(started_anew(), 148s, horizon) == 2s);
  CHECK(lost_window(started_anew(), settled, 0ms) == 0ms);
}

TEST_CASE("a restart of a Redis that keeps no file has lost all since the last flush") {
  CHECK(lost_window(started_anew(), settled, std::nullopt) == 50s);
}

TEST_CASE("a replica that took over may lack everything since the last flush until now") {
  auto server = started_anew();
  server.started_at = 20s;
  CHECK(lost_window(server, settled, horizon) == 60s);
}

TEST_CASE("a Redis that was emptied has lost all since the last flush until now") {
  auto server = started_anew();
  server.last_id = "";
  CHECK(lost_window(server, settled, std::nullopt) == 60s);
  server.last_id = server.id;
  CHECK(lost_window(server, settled, std::nullopt) == 60s);
}

TEST_CASE("without a time of the last flush, or with one that is ahead, the window is unknown") {
  CHECK(lost_window(started_anew(), 0ms, horizon) == std::nullopt);
  CHECK(lost_window(started_anew(), 170s, horizon) == std::nullopt);
  CHECK(lost_window(started_anew(), 160'003ms, horizon) == 0ms);  // rotations of one millisecond
}
