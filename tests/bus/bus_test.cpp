#include <set>

#include "base/error.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus/redis_bus.hpp"
#include "bus_server.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
constexpr seconds patience{120};
}

TEST_CASE(
    "a message published to a slot reaches only the slot's owner and is gone once acknowledged") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    const std::string large(300'000, 'x');
    bus->publish(3, R"({"events":[1]})");
    bus->publish(3, large);
    bus->publish(9, "");
    bus->publish(4, "not ours");
    const auto got = collect(*bus, {3, 9}, 3, patience);
    CHECK(bodies(got) == Bodies{"", large, R"({"events":[1]})"});
    for (const auto& message : got) CHECK(message.slot == (message.body.empty() ? 9 : 3));
    bus->acknowledge(got);
    CHECK(eventually([&] { return carrier.is_empty(3) && carrier.is_empty(9); }));
    CHECK(eventually([&] { return !carrier.is_empty(4); }));
    CHECK(collect(*carrier.connect(), {3, 9}, 1, milliseconds{500}).empty());
  });
}

TEST_CASE("messages not acknowledged by a dead receiver are delivered to the next owner") {
  for_each_bus_server([](BusServer& carrier) {
    auto first = carrier.connect();
    first->publish(1, "acknowledged");
    const auto done = collect(*first, {1}, 1, patience);
    REQUIRE(done.size() == 1);
    first->acknowledge(done);
    first->publish(1, "lost");
    first->publish(2, "lost, too");
    REQUIRE(collect(*first, {1, 2}, 2, patience).size() == 2);
    first.reset();
    const auto second = carrier.connect();
    const auto again = collect(*second, {1, 2}, 2, patience);
    CHECK(bodies(again) == Bodies{"lost", "lost, too"});
    second->acknowledge(again);
    CHECK(eventually([&] { return carrier.is_empty(1) && carrier.is_empty(2); }));
  });
}

TEST_CASE("the next owner of a slot receives the messages not yet acknowledged") {
  for_each_bus_server([](BusServer& carrier) {
    const auto first = carrier.connect(), second = carrier.connect();
    first->publish(5, "moves");
    first->publish(6, "stays");
    REQUIRE(collect(*first, {5, 6}, 2, patience).size() == 2);
    CHECK(first->receive({6}, milliseconds{100}).empty());
    const auto moved = collect(*second, {5}, 1, patience);
    CHECK(bodies(moved) == Bodies{"moves"});
    second->acknowledge(moved);
    CHECK(eventually([&] { return carrier.is_empty(5); }));
    second->publish(5, "new");
    CHECK(first->receive({6}, milliseconds{300}).empty());
    CHECK(bodies(collect(*second, {5}, 1, patience)) == Bodies{"new"});
    CHECK(second->receive({}, milliseconds{10}).empty());  // its slots were released
    CHECK(bodies(collect(*first, {5}, 1, patience)) == Bodies{"new"});
  });
}

TEST_CASE("Redis redelivers messages that stay unacknowledged for too long") {
  for_each_bus_server([](BusServer& carrier) {
    auto timing = BusServer::timing();
    timing.claim_after = milliseconds{700};
    const auto bus = carrier.connect(timing, {});
    if (std::string(bus->name()) != "redis") return;  // RabbitMQ has no such limit
    bus->publish(0, "forgotten");
    REQUIRE(collect(*bus, {0}, 1, patience).size() == 1);
    const auto again = collect(*bus, {0}, 1, patience);
    CHECK(bodies(again) == Bodies{"forgotten"});
    bus->acknowledge(again);
    CHECK(carrier.is_empty(0));
  });
}

TEST_CASE("acknowledging a message twice, or one never received, changes nothing") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    bus->publish(2, "once");
    const auto got = collect(*bus, {2}, 1, patience);
    bus->acknowledge(got);
    bus->acknowledge(got);
    bus->acknowledge({});
    const auto other = carrier.connect();
    other->acknowledge(got);
    bus->publish(2, "next");
    CHECK(bodies(collect(*bus, {2}, 1, patience)) == Bodies{"next"});
  });
}

TEST_CASE("a slot holds a bounded number of messages and drops the oldest") {
  for_each_bus_server([](BusServer& carrier) {
    bus::Limits limits;
    limits.messages = 50;
    limits.dead = 20;
    const auto bus = carrier.connect(BusServer::timing(), limits);
    for (int i = 0; i < 250; ++i) bus->publish(7, "message " + std::to_string(i));
    for (int i = 0; i < 150; ++i) bus->publish_dead("dead " + std::to_string(i));
    // Redis trims whole nodes, of 100 entries each.
    CHECK(eventually([&] {
      const auto backlog = bus->backlog();
      return backlog.waiting >= 50 && backlog.waiting <= 150 && backlog.dead >= 20 &&
             backlog.dead <= 120;
    }));
    std::set<std::string> texts;
    CHECK(eventually([&] {
      const auto kept = collect(*bus, {7}, 1, milliseconds{100});
      for (const auto& message : kept) texts.insert(message.body);
      bus->acknowledge(kept);
      return texts.count("message 249") == 1;
    }));
    CHECK(texts.count("message 0") == 0);
    CHECK(texts.size() >= 50);
  });
}

TEST_CASE("dead events arrive apart from the slots") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    bus->publish_dead(R"({"event":"7"})");
    bus->publish_dead(R"({"event":"8"})");
    CHECK(eventually([&] { return bus->backlog().dead == 2; }));
    CHECK(bus->backlog().waiting == 0);
    const Bodies expected{R"({"event":"7"})", R"({"event":"8"})"};
    CHECK(eventually([&] { return carrier.dead_letters() == expected; }));
  });
}

TEST_CASE("the backlog counts waiting, unacknowledged and dead messages") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    const auto empty = bus->backlog();
    CHECK(empty.waiting + empty.unacknowledged + empty.dead == 0);
    for (int slot = 0; slot < 4; ++slot) bus->publish(slot, "x");
    CHECK(eventually([&] { return bus->backlog().waiting == 4; }));
    const auto got = collect(*bus, {0, 1, 2}, 3, patience);
    REQUIRE(got.size() == 3);
    CHECK(eventually([&] { return bus->backlog().waiting == 1; }));
    CHECK(bus->backlog().unacknowledged == 3);
    bus->acknowledge(got);
    CHECK(eventually([&] { return bus->backlog().unacknowledged == 0; }));
  });
}

TEST_CASE("an invalid bus URL is refused without revealing its password") {
  const auto refused = [](const std::function<void()>& make) {
    try {
      make();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      const auto text = error.what() + error.hint() + error.detail();
      CHECK(text.find("hunter2") == std::string::npos);
      return true;
    }
    return false;
  };
  for (const std::string url :
       {"http://user:hunter2@host", "amqps://user:hunter2@host", "amqp://user:hunter2@host:port/",
        "amqp://user:hunter2@host:0/", "hunter2", ""}) {
    INFO(url);
    CHECK(refused([&] { bus::make_rabbitmq_bus(Secret<std::string>(url)); }));
  }
  CHECK(refused([] { bus::make_redis_bus("redis://user:hunter2@host:port"); }));
}

}  // namespace feedctl::test
