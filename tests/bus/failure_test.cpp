#include <time.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/time.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus/redis_bus.hpp"
#include "bus_server.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds patience{120};

bus::Timing short_timeouts() {
  auto timing = BusServer::timing();
  timing.timeout = seconds{2};
  return timing;
}

// False if the bus is unavailable. Any other error fails the test.
bool try_publish(bus::Bus& bus, int slot, const std::string& body) {
  try {
    bus.publish(slot, body);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    return false;
  }
}

// Publishes again until it succeeds, as the relay does.
bool publish_with_retry(bus::Bus& bus, int slot, const std::string& body) {
  return eventually([&] { return try_publish(bus, slot, body); });
}

bool unavailable(const std::function<void()>& work) {
  try {
    work();
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::unavailable;
  }
}

template <typename Work>
milliseconds time_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

std::chrono::nanoseconds processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

// A failing call ends within three time-outs; the rest is a reserve for a busy machine.
const milliseconds bound = short_timeouts().timeout * 3 + seconds{15};

// RabbitMQ writes a new quorum queue to disk some seconds later.
void settle(const BusServer& carrier) {
  if (carrier.is_durable()) std::this_thread::sleep_for(seconds{6});
}

class FreezeGuard {
 public:
  explicit FreezeGuard(BusServer& carrier) : carrier_(carrier) { carrier_.freeze(); }
  FreezeGuard(const FreezeGuard&) = delete;
  FreezeGuard& operator=(const FreezeGuard&) = delete;
  ~FreezeGuard() { carrier_.resume(); }

 private:
  BusServer& carrier_;
};

}  // namespace

TEST_CASE("an idle receiver blocks for the given wait without using the processor") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    bus->receive({0, 1, 2, 3}, milliseconds{0});
    const auto before = processor_time();
    const auto waited = time_of([&] { CHECK(bus->receive({0, 1, 2, 3}, seconds{2}).empty()); });
    CHECK(waited >= milliseconds{1900});
    CHECK(waited < seconds{20});
    CHECK(processor_time() - before < milliseconds{200});
    CHECK(time_of([&] { CHECK(bus->receive({}, milliseconds{300}).empty()); }) >=
          milliseconds{250});
  });
}

TEST_CASE("deleted streams and queues are recreated by the publisher") {
  for_each_bus_server([](BusServer& carrier) {
    const auto bus = carrier.connect();
    bus->publish(3, "wiped");
    carrier.delete_everything();
    CHECK(publish_with_retry(*bus, 3, "after"));
    CHECK(bodies(collect(*bus, {3}, 1, patience)) == Bodies{"after"});
    bus->publish_dead("wiped");
    carrier.delete_everything();
    CHECK(eventually([&] { return !unavailable([&] { bus->publish_dead("kept"); }); }));
    CHECK(eventually([&] { return carrier.dead_letters() == Bodies{"kept"}; }));
  });
}

TEST_CASE("a waiting receiver continues after its streams or queues are deleted") {
  for_each_bus_server([](BusServer& carrier) {
    const auto receiver = carrier.connect(), publisher = carrier.connect();
    publisher->publish(3, "before");
    const auto held = collect(*receiver, {3, 4}, 1, patience);
    REQUIRE(held.size() == 1);
    std::vector<bus::Message> got;
    std::thread waiting([&] { got = collect(*receiver, {3, 4}, 2, patience); });
    std::this_thread::sleep_for(milliseconds{300});
    carrier.delete_everything();
    CHECK(publish_with_retry(*publisher, 3, "one"));
    CHECK(publish_with_retry(*publisher, 4, "two"));
    waiting.join();
    // A message whose confirmation came too late was published again.
    auto received = bodies(got);
    received.erase(std::unique(received.begin(), received.end()), received.end());
    CHECK(received == Bodies{"one", "two"});
    receiver->acknowledge(held);  // deleted meanwhile: no error, no effect
    receiver->acknowledge(got);
    CHECK(eventually([&] { return carrier.is_empty(3) && carrier.is_empty(4); }));
  });
}

TEST_CASE("a killed server is used again once it is back") {
  for_each_bus_server([](BusServer& carrier) {
    const auto receiver = carrier.connect(), publisher = carrier.connect();
    publisher->publish(3, "received");
    const auto held = collect(*receiver, {3}, 1, patience);
    REQUIRE(held.size() == 1);
    publisher->publish(3, "waiting");
    settle(carrier);
    carrier.crash();
    CHECK(publish_with_retry(*publisher, 3, "after"));
    const std::size_t kept = carrier.is_durable() ? 3 : 1;
    const auto got = collect(*receiver, {3}, kept, patience);
    const auto expected = kept == 3 ? Bodies{"after", "received", "waiting"} : Bodies{"after"};
    CHECK(bodies(got) == expected);
    receiver->acknowledge(held);  // received by the broken connection: no error, no effect
    receiver->acknowledge(got);
    CHECK(eventually([&] { return carrier.is_empty(3); }));
  });
}

TEST_CASE("a frozen server blocks a caller no longer than its time-out") {
  for_each_bus_server([](BusServer& carrier) {
    const auto receiver = carrier.connect(short_timeouts(), {}),
               publisher = carrier.connect(short_timeouts(), {});
    publisher->publish(2, "before");
    const auto held = collect(*receiver, {2}, 1, patience);
    REQUIRE(held.size() == 1);
    {
      const FreezeGuard frozen(carrier);
      // With RabbitMQ a silent server is no error before heartbeats are missing.
      std::vector<bus::Message> got;
      const auto took =
          time_of([&] { unavailable([&] { got = receiver->receive({2}, milliseconds{700}); }); });
      CHECK(got.empty());
      CHECK(took < milliseconds{700} + bound);
      CHECK(time_of([&] { CHECK(unavailable([&] { publisher->publish(2, "lost?"); })); }) < bound);
      CHECK(time_of([&] { CHECK(unavailable([&] { publisher->backlog(); })); }) < bound);
    }
    CHECK(publish_with_retry(*publisher, 2, "after"));
    receiver->acknowledge(held);
    std::set<std::string> seen;
    CHECK(eventually([&] {
      for (const auto& message : collect(*receiver, {2}, 1, milliseconds{500})) {
        seen.insert(message.body);
        receiver->acknowledge({message});
      }
      return seen.count("after") == 1;
    }));
    CHECK(eventually([&] {
      receiver->acknowledge(collect(*receiver, {2}, 1, milliseconds{200}));
      return carrier.is_empty(2);
    }));
  });
}

TEST_CASE("an unreachable server is reported as an error after the time-out") {
  const auto check = [](bus::Bus& bus) {
    CHECK(unavailable([&] { bus.publish(0, "x"); }));
    CHECK(unavailable([&] { bus.publish_dead("x"); }));
    CHECK(unavailable([&] { bus.backlog(); }));
    const auto waited =
        time_of([&] { CHECK(unavailable([&] { bus.receive({0}, milliseconds{600}); })); });
    CHECK(waited >= milliseconds{550});
    CHECK(waited < bound);
  };
  check(*bus::make_redis_bus("unix:///nowhere/redis.sock", short_timeouts()));
  const Secret<std::string> nobody("amqp://user:hunter2@127.0.0.1:1/");
  check(*bus::make_rabbitmq_bus(nobody, short_timeouts()));
}

TEST_CASE("deletions and crashes under traffic only delay: the last message always arrives") {
  for_each_bus_server([](BusServer& carrier) {
    const std::vector<int> slots{0, 1, 2, 3};
    const auto publisher = carrier.connect(), receiver = carrier.connect();
    std::atomic<bool> over{false};
    std::atomic<int> taken{0};
    std::thread publishing([&] {
      for (int i = 0; !over; ++i) {
        if (try_publish(*publisher, i % 4, "message")) ++taken;
        std::this_thread::sleep_for(milliseconds{2});
      }
      for (const int slot : slots) publish_with_retry(*publisher, slot, "last");
    });
    std::set<int> finished;
    std::atomic<int> received{0};
    std::thread receiving([&] {
      const auto deadline = Deadline::after(seconds{300});
      while (finished.size() < slots.size() && !deadline.is_expired()) {
        const auto messages = collect(*receiver, slots, 1, milliseconds{200});
        for (const auto& message : messages) {
          if (message.body == "last") finished.insert(message.slot);
        }
        received += static_cast<int>(messages.size());
        unavailable([&] { receiver->acknowledge(messages); });
      }
    });
    for (int round = 0; round < 3; ++round) {
      std::this_thread::sleep_for(milliseconds{300});
      carrier.delete_everything();
    }
    settle(carrier);
    carrier.crash();
    const int before = taken;
    eventually([&] { return taken > before + 20; });
    over = true;
    publishing.join();
    receiving.join();
    CHECK(taken > before + 20);
    CHECK(received > 20);
    CHECK(finished == std::set<int>(slots.begin(), slots.end()));
    for (const int slot : slots) {
      CHECK(eventually([&] {
        receiver->acknowledge(collect(*receiver, slots, 1, milliseconds{100}));
        return carrier.is_empty(slot);
      }));
    }
  });
}

}  // namespace feedctl::test
