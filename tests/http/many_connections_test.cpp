// What connections that do nothing, or next to nothing, cost.
#include <algorithm>
#include <thread>
#include <vector>

#include "http/toy_server.hpp"
#include "support/catch.hpp"
#include "support/resident.hpp"

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

// By AddressSanitizer, to see whether anybody still uses it: then nothing can be said of buffers.
#if defined(FREED_MEMORY_IS_KEPT)
constexpr std::size_t bound = 256 * 1024;
#else
constexpr std::size_t bound = 8 * 1024;  // what is allocated besides included
#endif

bool answered(RawClient& one) {
  return !one.silent(0ms);
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
// Once it is `expected`, or after ten seconds.
std::ptrdiff_t cut_off(std::vector<RawClient>& clients, std::ptrdiff_t expected) {
  const auto count = [&] { return std::count_if(clients.begin(), clients.end(), answered); };
  for (int i = 0; i < 1000 && count() < expected; ++i) std::this_thread::sleep_for(10ms);
  return count();
}

}  // namespace

TEST_CASE("an idle connection that has been served keeps no buffer") {
  ToyServer toy;
  constexpr std::size_t count = 1500;
  const std::string fields = "X-Long: " + std::string(3000, 'x') + "\r\n";
  const auto connect = [&](std::vector<RawClient>& clients, std::size_t how_many) {
    for (std::size_t i = 0; i < how_many; ++i) {
      clients.push_back(toy.client());
      auto& client = clients.back();
      REQUIRE(client.get("/kilobytes", fields));
      client.forget();
    }
  };
  std::vector<RawClient> clients;
  clients.reserve(2 * count);
  connect(clients, 100);  // what is there once for all
  const auto before = support::resident_bytes();
  connect(clients, count);
  const auto after = support::resident_bytes();  // less where others gave theirs back meanwhile
  const auto each = static_cast<std::size_t>(std::max<std::int64_t>(after - before, 0)) / count;
  CAPTURE(each);
  CHECK(each < bound);
}

TEST_CASE("unfinished requests together hold no more than they may") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loops = 1;
    o.limits.held = 64 * 1024;
  });
  const std::string half =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + std::string(10000, 'x');
  auto slow = unfinished(toy, half, 12);
  CHECK(cut_off(slow, 6) == 6);
  const auto refused = std::find_if(slow.begin(), slow.end(), answered);
  CHECK(refused->answer()->status == 503);
  CHECK(toy.get("/hello").status == 200);  // little is always there for others
  const auto first = std::find_if_not(slow.begin(), slow.end(), answered);
  CHECK(first->send(std::string(10000, 'x')).answer()->status == 200);
}

TEST_CASE("unfinished bodies in files count as well") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loops = 1;
    o.limits.held = 1024 * 1024;
  });
  const std::string half = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n" +
                           std::string(140'000, 'x');
  auto slow = unfinished(toy, half, 12);
  CHECK(cut_off(slow, 5) == 5);
  CHECK(toy.get("/hello").status == 200);
}

TEST_CASE("what was held is free again when its connections are gone") {
  ToyServer toy([](http::ServerOptions& o) {
    o.loops = 1;
    o.limits.held = 64 * 1024;
  });
  const std::string half =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(50000, 'x');
  for (int i = 0; i < 5; ++i) {
    auto client = toy.client();
    client.send(half);
    CHECK(client.silent(100ms));
    CHECK(client.send(std::string(10000, 'x')).answer()->status == 200);
  }
}
