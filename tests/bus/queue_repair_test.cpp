// A queue that fails while the broker works: it delays no other queue, and is repaired.
#include <thread>

#include "base/error.hpp"
#include "bus/amqp_connection.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus_server.hpp"
#include "support/catch.hpp"
#include "support/rabbitmq.hpp"

namespace feedctl::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds patience{120};

bus::Timing short_timeouts() {
  auto timing = BusServer::timing();
  timing.timeout = milliseconds{1000};
  timing.claim_after = milliseconds{2000};
  return timing;
}

bool taken(bus::Bus& bus, int slot, const std::string& body) {
  try {
    bus.publish(slot, body);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    return false;
  }
}

class QueueFaults {
 public:
  explicit QueueFaults(const support::RabbitmqServer& broker) : broker_(broker) { wipe(); }

  // A quorum queue without a leader refuses every operation at once.
  void stop_leader(int slot) {
    evaluate("ra:stop_server(quorum_queues, {'%2F_" + name(slot) + "', node()}).");
  }
  // A suspended leader accepts operations and never answers. A new queue is left like that if its
  // broker is killed.
  void silence_leader(int slot) { evaluate("sys:suspend(whereis('%2F_" + name(slot) + "')), ok."); }
  // Recreates the queue with arguments that the bus does not use.
  void recreate_with_other_arguments(int slot) {
    evaluate("{new, _} = rabbit_amqqueue:declare({resource, <<\"/\">>, queue, <<\"" + name(slot) +
             "\">>}, true, false, [], none, <<\"test\">>), ok.");
  }
  void remove(int slot) {
    evaluate("{ok, Q} = rabbit_amqqueue:lookup({resource, <<\"/\">>, queue, <<\"" + name(slot) +
             "\">>}), rabbit_amqqueue:delete(Q, false, false, <<\"test\">>), ok.");
  }
  std::unique_ptr<bus::Bus> connect() const {
    return bus::make_rabbitmq_bus(broker_.server.url(), short_timeouts());
  }

 private:
  static std::string name(int slot) { return "feedctl.events." + std::to_string(slot); }
  void wipe() {
    evaluate(
        "[rabbit_amqqueue:delete(Q, false, false, <<\"test\">>) || Q <- "
        "rabbit_amqqueue:list()], ok.");
  }
  void evaluate(const std::string& code) {
    const auto done = broker_.server.evaluate(code);
    INFO(code);
    INFO(done.output);
    REQUIRE(done.output.find("ok") != std::string::npos);
  }

  const support::RabbitmqServer& broker_;
};

void with_broker(const std::function<void(QueueFaults&)>& body) {
  const auto* server = support::rabbitmq();
  if (server == nullptr) {
    WARN("skipped: no rabbitmq-server is installed");
    return;
  }
  QueueFaults broker(*server);
  body(broker);
}

// The first messages create the queues of slots 3 and 4. Their subscriber is closed again.
void make_queues(const QueueFaults& broker) {
  const auto bus = broker.connect();
  for (const int slot : {3, 4}) REQUIRE(eventually([&] { return taken(*bus, slot, "made"); }));
  bus->acknowledge(collect(*bus, {3, 4}, 2, patience));
}

void expect_recovery(QueueFaults& broker, const std::function<void()>& harm) {
  const auto publisher = broker.connect();
  make_queues(broker);
  harm();
  // This receiver subscribes after the damage.
  const auto receiver = broker.connect();
  CHECK(eventually(patience, [&] { return !taken(*publisher, 3, "to the sick queue"); }));
  for (int i = 0; i < 5; ++i) {
    CHECK(eventually([&] { return taken(*publisher, 4, "to the good one"); }));
    const auto got = collect(*receiver, {3, 4}, 1, patience);
    REQUIRE(!got.empty());
    CHECK(got[0].slot == 4);
    receiver->acknowledge(got);
  }
  CHECK(eventually(patience, [&] { return taken(*publisher, 3, "after"); }));
  const auto again = collect(*receiver, {3, 4}, 1, patience);
  CHECK(bodies(again) == Bodies{"after"});
  receiver->acknowledge(again);
}

}  // namespace

TEST_CASE("a queue that refuses everything blocks no other and is recreated") {
  with_broker([](QueueFaults& broker) { expect_recovery(broker, [&] { broker.stop_leader(3); }); });
}

TEST_CASE("a queue that never answers blocks no other and is recreated") {
  with_broker(
      [](QueueFaults& broker) { expect_recovery(broker, [&] { broker.silence_leader(3); }); });
}

TEST_CASE("a receiver follows its queue when another process recreates it") {
  with_broker([](QueueFaults& broker) {
    const auto publisher = broker.connect(), receiver = broker.connect();
    make_queues(broker);
    CHECK(receiver->receive({3, 4}, milliseconds{100}).empty());
    broker.silence_leader(3);
    CHECK_FALSE(taken(*publisher, 3, "lost"));
    CHECK(eventually(patience, [&] {
      CHECK(collect(*receiver, {3, 4}, 1, milliseconds{50}).empty());
      return taken(*publisher, 3, "after");
    }));
    CHECK(bodies(collect(*receiver, {3, 4}, 1, patience)) == Bodies{"after"});
  });
}

TEST_CASE("a queue with unexpected arguments is left alone until an operator deletes it") {
  with_broker([](QueueFaults& broker) {
    broker.recreate_with_other_arguments(3);
    const auto bus = broker.connect();
    CHECK_FALSE(taken(*bus, 3, "refused"));
    CHECK(eventually([&] { return taken(*bus, 4, "fine"); }));
    CHECK(bodies(collect(*bus, {3, 4}, 1, patience)) == Bodies{"fine"});
    std::this_thread::sleep_for(short_timeouts().timeout *
                                7);  // longer than a silent queue is left before it is recreated
    CHECK_FALSE(taken(*bus, 3, "refused"));
    broker.remove(3);
    CHECK(eventually(patience, [&] { return taken(*bus, 3, "ours"); }));
  });
}

TEST_CASE("a bus whose queue does not answer is closed within its time-outs") {
  with_broker([](QueueFaults& broker) {
    auto bus = broker.connect();
    make_queues(broker);
    broker.silence_leader(3);
    CHECK_FALSE(taken(*bus, 3, "lost"));
    const auto start = std::chrono::steady_clock::now();
    bus.reset();
    CHECK(std::chrono::steady_clock::now() - start < short_timeouts().timeout * 6 + seconds{20});
  });
}

}  // namespace feedctl::test
