// The memory of connections that are idle or almost idle.
#include <algorithm>
#include <thread>
#include <vector>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__)
#define FREED_MEMORY_IS_KEPT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FREED_MEMORY_IS_KEPT 1
#endif
#endif

namespace {

// AddressSanitizer keeps freed memory, so the test cannot measure buffers.
#if defined(FREED_MEMORY_IS_KEPT)
constexpr std::size_t bound = 256 * 1024;
#else
constexpr std::size_t bound = 8 * 1024;  // includes other allocations
#endif

bool answered(RawClient& one) {
  return !one.is_silent(0ms);
}

// Clients that stop in the middle of a request.
std::vector<RawClient> unfinished(ToyServer& toy, const std::string& half, int how_many) {
  std::vector<RawClient> clients;
  for (int i = 0; i < how_many; ++i) {
    clients.push_back(toy.client());
    clients.back().send(half);
  }
  return clients;
}
// Counts answered or closed clients, once they are `expected` or after a minute.
std::ptrdiff_t is_cut_off(std::vector<RawClient>& clients, std::ptrdiff_t expected) {
  const auto count = [&] { return std::count_if(clients.begin(), clients.end(), answered); };
  for (int i = 0; i < 6000 && count() < expected; ++i) std::this_thread::sleep_for(10ms);
  return count();
}

}  // namespace

TEST_CASE("an idle connection that has served a request holds no buffer") {
  ToyServer toy;
  constexpr std::size_t count = 1500;
  const std::string fields = "X-Long: " + std::string(3000, 'x') + "\r\n";
  const auto connect = [&](std::vector<RawClient>& clients, std::size_t how_many) {
    for (std::size_t i = 0; i < how_many; ++i) {
      clients.push_back(toy.client());
      auto& client = clients.back();
      REQUIRE(client.get("/kilobytes", fields));
      client.free_buffer();
    }
  };
  std::vector<RawClient> clients;
  clients.reserve(2 * count);
  connect(clients, 100);  // allocations that are made once
  const auto before = support::resident_bytes();
  connect(clients, count);
  const auto after = support::resident_bytes();  // lower if other threads freed memory meanwhile
  const auto each = static_cast<std::size_t>(std::max<std::int64_t>(after - before, 0)) / count;
  CAPTURE(each);
  CHECK(each < bound);
}

TEST_CASE("incomplete requests together stay within the memory limit") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loop_threads = 1;
    o.limits.max_buffered_bytes = 64 * 1024;
  });
  const std::string half =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + std::string(10000, 'x');
  auto slow = unfinished(toy, half, 12);
  CHECK(is_cut_off(slow, 6) == 6);
  const auto refused = std::find_if(slow.begin(), slow.end(), answered);
  CHECK(refused->read_response()->status == 503);
  CHECK(toy.get("/hello").status == 200);  // a small request is always admitted
  const auto first = std::find_if_not(slow.begin(), slow.end(), answered);
  CHECK(first->send(std::string(10000, 'x')).read_response()->status == 200);
}

TEST_CASE("incomplete bodies in files count towards the limit") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loop_threads = 1;
    o.limits.max_buffered_bytes = 1024 * 1024;
  });
  const std::string half = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n" +
                           std::string(140'000, 'x');
  auto slow = unfinished(toy, half, 12);
  CHECK(is_cut_off(slow, 5) == 5);
  CHECK(toy.get("/hello").status == 200);
}

TEST_CASE("the memory of closed connections is released") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loop_threads = 1;
    o.limits.max_buffered_bytes = 64 * 1024;
  });
  const std::string half =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(50000, 'x');
  for (int i = 0; i < 5; ++i) {
    auto client = toy.client();
    client.send(half);
    CHECK(client.is_silent(100ms));
    CHECK(client.send(std::string(10000, 'x')).read_response()->status == 200);
  }
}
