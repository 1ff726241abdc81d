// A Redis that is demoted while the bus uses it, and whose address then leads to another server.
#include <stdlib.h>

#include <filesystem>

#include "base/error.hpp"
#include "bus/redis_bus.hpp"
#include "bus_server.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"

namespace feedctl::test {

using std::chrono::seconds;

TEST_CASE("publisher and receiver switch from a demoted Redis to the one behind the address") {
  RedisServer before, after;
  std::string name = "/tmp/feedctl-link-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder(name), link = folder / "redis.sock";
  std::filesystem::create_symlink(before.url().substr(7), link);
  const auto bus = bus::make_redis_bus("unix://" + link.string(), BusServer::timing());
  bus->publish(3, "one");
  const auto got = collect(*bus, {3}, 1, seconds{120});
  REQUIRE(got.size() == 1);
  bus->acknowledge(got);

  REQUIRE(before.cli("REPLICAOF 127.0.0.1 1") == "OK");
  std::filesystem::remove(link);
  std::filesystem::create_symlink(after.url().substr(7), link);
  CHECK(eventually([&] {
    try {
      bus->publish(3, "two");
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      return false;
    }
  }));
  CHECK(after.cli("XLEN feedctl:events:3") == "1");
  CHECK(bodies(collect(*bus, {3}, 1, seconds{120})) == Bodies{"two"});
  CHECK(bus->backlog().dead == 0);
  std::filesystem::remove_all(folder);
}

}  // namespace feedctl::test
