// Which requests may wait for a handler under overload, and how the others are answered.
#include "http_server/admission.hpp"

#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "http_server/bulkheads.hpp"
#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using http::AdmissionControl;
using http::LoadClass;
using Verdict = AdmissionControl::Verdict;

namespace {

http::Limits limits(std::size_t queue) {
  http::Limits made;
  made.max_queued = queue;
  return made;
}

// Asks for admission after the first request of the queue has waited for `wait`.
Verdict admit(AdmissionControl& admission, LoadClass load, std::chrono::milliseconds wait,
              http::Clock::time_point now) {
  return admission.admit(load, 1, now - wait, now);
}

const auto start = http::Clock::now();

struct BlockedHandlers {
  BlockedHandlers(ToyServer& toy, int threads) {
    for (int i = 0; i < threads; ++i) waiting.push_back(send(toy, "GET /gate"));
    toy.gate.wait_for_arrivals(threads);
  }
  static RawClient send(ToyServer& toy, const std::string& line) {
    auto client = toy.client();
    client.send(line + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client;
  }
  std::vector<RawClient> waiting;
};

void busy(http::ServerOptions& options) {
  options.handler_threads = 2;
  options.limits.max_queued = 8;
  options.limits.max_queue_wait = 20ms;
  options.limits.queue_wait_interval = 40ms;
}

int post(ToyServer& toy, const std::string& path) {
  return BlockedHandlers::send(toy, "POST " + path).read_response()->status;
}

double shed(const std::string& load, const std::string& why) {
  return metrics::counter("feedctl_http_shed_total", "", {{"class", load}, {"reason", why}})
      .value();
}

}  // namespace

TEST_CASE("low-priority classes find the queue full while the others still have room") {
  AdmissionControl admission(limits(80));
  const auto room_for = [&](LoadClass load) {
    std::size_t waiting = 0;
    while (admission.admit(load, waiting, start, start) == Verdict::admitted) ++waiting;
    return waiting;
  };
  CHECK(room_for(LoadClass::upload) == 20);
  CHECK(room_for(LoadClass::write) == 60);
  CHECK(room_for(LoadClass::read) == 70);
  CHECK(room_for(LoadClass::cached) == 80);
  CHECK(room_for(LoadClass::health) == 80);
}

TEST_CASE("a wait that stays too long closes admission until it is short again") {
  AdmissionControl admission(limits(80));
  CHECK(admit(admission, LoadClass::read, 99ms, start) == Verdict::admitted);
  CHECK(admit(admission, LoadClass::read, 150ms, start + 51ms) == Verdict::admitted);
  // The wait is too long from start + 1 ms on: then the first of the queue had waited for 100 ms.
  CHECK(admit(admission, LoadClass::read, 300ms, start + 500ms) == Verdict::admitted);
  CHECK(admit(admission, LoadClass::read, 300ms, start + 501ms) == Verdict::delayed);
  CHECK(admit(admission, LoadClass::cached, 300ms, start + 502ms) == Verdict::delayed);
  CHECK(admit(admission, LoadClass::health, 300ms, start + 502ms) == Verdict::admitted);
  admission.on_dequeued(start + 400ms, false, start + 499ms + 1ms);
  admission.on_dequeued(start + 450ms, false, start + 549ms);
  CHECK(admit(admission, LoadClass::read, 50ms, start + 550ms) == Verdict::admitted);
}

TEST_CASE("a long wait that ends within the interval rejects nobody") {
  AdmissionControl admission(limits(80));
  for (int ms = 0; ms < 5000; ms += 100) {
    const auto now = start + std::chrono::milliseconds(ms);
    const auto wait = std::chrono::milliseconds(50 + ms % 400);
    admission.on_dequeued(now - wait, false, now);
    CHECK(admit(admission, LoadClass::upload, wait, now) == Verdict::admitted);
  }
}

TEST_CASE("an empty queue resets the measured delay") {
  AdmissionControl admission(limits(80));
  admit(admission, LoadClass::read, 200ms, start);
  CHECK(admit(admission, LoadClass::read, 900ms, start + 700ms) == Verdict::delayed);
  CHECK(admission.admit(LoadClass::read, 0, std::nullopt, start + 701ms) == Verdict::admitted);
  admit(admission, LoadClass::read, 200ms, start + 800ms);
  admission.on_dequeued(start, true, start + 1400ms);
  CHECK(admit(admission, LoadClass::read, 150ms, start + 1500ms) == Verdict::admitted);
}

TEST_CASE(
    "while handlers are blocked, health and cached responses are served and the rest is rejected "
    "at once") {
  ToyServer toy(busy);
  const double before = shed("read", "slow");
  BlockedHandlers stuck(toy, 2);
  std::vector<RawClient> queued;
  queued.push_back(BlockedHandlers::send(toy, "GET /hello"));
  std::this_thread::sleep_for(500ms);
  CHECK(toy.get("/ready/it").status == 200);
  CHECK(toy.get("/health").status == 200);
  CHECK(toy.get("/nowhere").status == 404);
  for (int i = 0; i < 20; ++i) {
    const auto refused = toy.get("/hello");
    CHECK(refused.status == 503);
    CHECK(refused.header("content-type") == "application/problem+json");
    const auto wait = refused.header("retry-after");
    CHECK((wait == "1" || wait == "2" || wait == "3"));
  }
  CHECK(post(toy, "/none") == 503);
  CHECK(shed("read", "slow") == before + 20);
  toy.gate.open();
  CHECK(queued[0].read_response()->status == 200);
  for (auto& one : stuck.waiting) CHECK(one.read_response()->status == 200);
  CHECK(toy.get("/hello").status == 200);
  CHECK(post(toy, "/none") == 204);
}

TEST_CASE("under overload uploads are rejected first, then writes, then reads") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.loop_threads = 1;
    o.limits.max_queue_wait = 10s;
  });
  BlockedHandlers stuck(toy, 2);
  std::vector<RawClient> queued;
  const auto fill = [&](int until) {
    while (static_cast<int>(queued.size()) < until) {
      queued.push_back(BlockedHandlers::send(toy, "GET /ready/other"));
    }
    for (int i = 0; i < 6000 && toy.memory.calls < until; ++i) std::this_thread::sleep_for(5ms);
  };
  fill(2);
  CHECK(post(toy, "/upload") == 503);
  fill(6);
  CHECK(post(toy, "/none") == 503);
  fill(7);
  CHECK(toy.get("/hello").status == 503);
  fill(8);
  CHECK(toy.get("/ready/another").status == 503);
  CHECK(toy.get("/health").status == 200);
  toy.gate.open();
  for (auto& one : queued) CHECK(one.read_response()->status == 200);
}

TEST_CASE("a request that no handler will serve gets the cached response, however old") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.max_queued = 1;
    o.limits.max_queue_wait = 10s;
    o.handler_timeout = 100ms;
  });
  toy.memory.only_stale = true;
  BlockedHandlers stuck(toy, 2);
  // One waits past its deadline, the other finds no room.
  auto late = BlockedHandlers::send(toy, "GET /ready/it");
  for (int i = 0; i < 6000 && toy.memory.calls < 1; ++i) std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(150ms);
  const auto refused = toy.get("/ready/it");
  CHECK(refused.status == 200);
  CHECK(toy.get("/ready/other").status == 503);
  toy.gate.open();
  const auto answer = late.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == refused.body);
  CHECK(toy.memory.handler_calls == 0);
}

TEST_CASE("while all handlers are blocked the cache is asked for a response of any age") {
  ToyServer toy(busy);
  toy.memory.only_stale = true;
  BlockedHandlers stuck(toy, 2);
  std::this_thread::sleep_for(20ms);          // a quarter of the 20 ms that are too long is enough
  CHECK(toy.get("/ready/it").status == 200);  // though no request waits
  CHECK(toy.memory.handler_calls == 0);
  toy.gate.open();
  for (auto& one : stuck.waiting) CHECK(one.read_response()->status == 200);
}

TEST_CASE("a request waiting for a handler gets the cached response before the wait is too long") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.max_queue_wait = 400ms;
    o.limits.queue_wait_interval = 10s;
  });
  toy.memory.only_stale = true;
  BlockedHandlers stuck(toy, 2);
  auto lucky = BlockedHandlers::send(toy, "GET /ready/it"),
       other = BlockedHandlers::send(toy, "GET /ready/other");
  CHECK(lucky.read_response()->status == 200);
  CHECK(toy.memory.handler_calls == 0);
  std::this_thread::sleep_for(450ms);  // the other had its chance too, and still waits
  CHECK(toy.memory.handler_calls == 0);
  toy.gate.open();
  CHECK(other.read_response()->status == 200);
  CHECK(toy.memory.handler_calls == 1);
}

TEST_CASE("each load class leaves some threads to higher-priority classes") {
  http::Limits some;
  some.max_read_threads = 3;
  http::Bulkheads bulkheads(8, some);
  const auto fill = [&](LoadClass load) {
    const auto kind = http::Bulkheads::class_index(load);
    int count = 0;
    for (; bulkheads.has_room(kind); ++count) bulkheads.enter(kind);
    return count;
  };
  CHECK(fill(LoadClass::write) == 3);
  CHECK(fill(LoadClass::read) == 0);  // counts the writes, whose priority is lower
  CHECK(fill(LoadClass::cached) == 5);
  bulkheads.leave(http::Bulkheads::class_index(LoadClass::write));
  CHECK(fill(LoadClass::read) == 1);
}

TEST_CASE("few threads are shared by all classes, and no class is left without one") {
  for (const int threads : {1, 2, 3, 4, 16}) {
    INFO(threads);
    for (const auto load :
         {LoadClass::cached, LoadClass::read, LoadClass::write, LoadClass::upload}) {
      http::Bulkheads bulkheads(threads, http::Limits{});
      const auto kind = http::Bulkheads::class_index(load);
      int count = 0;
      for (; bulkheads.has_room(kind); ++count) bulkheads.enter(kind);
      CHECK(count >= 1);
      if (load == LoadClass::cached) CHECK(count == threads);
      if (load == LoadClass::read)
        CHECK(count == (threads == 16 ? 14 : threads == 4 ? 3 : threads));
    }
  }
}

TEST_CASE("slow reads leave a thread for reads that are mostly in memory") {
  ToyServer toy([](http::ServerOptions& o) {
    o.handler_threads = 4;
    o.limits.max_queue_wait = 10s;
  });
  toy.memory.on = false;
  BlockedHandlers stuck(toy, 3);
  auto fourth = BlockedHandlers::send(toy, "GET /hello");
  for (int i = 0; i < 20; ++i) CHECK(toy.get("/ready/it").status == 200);
  CHECK(toy.memory.handler_calls == 20);
  toy.gate.open();
  CHECK(fourth.read_response()->status == 200);
  for (auto& one : stuck.waiting) CHECK(one.read_response()->status == 200);
}

TEST_CASE("an overloaded server recovers as soon as its handlers do") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.max_queued = 64;
    o.handler_timeout = 100ms;
  });
  BlockedHandlers stuck(toy, 2);
  std::vector<RawClient> crowd;
  for (int i = 0; i < 200; ++i) crowd.push_back(BlockedHandlers::send(toy, "GET /hello"));
  std::this_thread::sleep_for(150ms);
  toy.gate.open();
  int answered = 0;
  for (auto& one : crowd) answered += one.read_response().has_value();
  CHECK(answered == 200);
  for (int i = 0; i < 50; ++i) CHECK(toy.get("/hello").status == 200);
}

TEST_CASE("finished work is answered under any load") {
  ToyServer toy(busy);
  auto begun = BlockedHandlers::send(toy, "POST /begun");
  const auto resume = toy.pending.wait_for(0);
  BlockedHandlers stuck(toy, 2);
  auto queued = BlockedHandlers::send(toy, "GET /hello");
  std::this_thread::sleep_for(500ms);
  REQUIRE(post(toy, "/none") == 503);
  resume([] { return http::json_response(201, "{}"); }, http::RunOn::pool);
  std::this_thread::sleep_for(50ms);
  toy.gate.open();
  CHECK(begun.read_response()->status == 201);
  CHECK(queued.read_response()->status == 200);
}

TEST_CASE("time spent outside the pool does not count as waiting for a handler") {
  ToyServer toy([](http::ServerOptions& options) {
    options.handler_threads = 1;
    options.limits.max_queue_wait = 1s;
    options.limits.queue_wait_interval = 500ms;
  });
  auto begun = BlockedHandlers::send(toy, "POST /begun");
  const auto resume = toy.pending.wait_for(0);
  std::this_thread::sleep_for(1700ms);
  BlockedHandlers stuck(toy, 1);
  resume([] { return http::json_response(201, "{}"); }, http::RunOn::pool);
  std::this_thread::sleep_for(50ms);
  auto next = BlockedHandlers::send(toy, "POST /none");
  std::this_thread::sleep_for(50ms);
  toy.gate.open();
  CHECK(begun.read_response()->status == 201);
  CHECK(next.read_response()->status == 204);
}

TEST_CASE("the remaining steps of a command run even if its client has disconnected") {
  ToyServer toy([](http::ServerOptions& options) { options.loop_threads = 1; });
  for (const auto run_on : {http::RunOn::pool, http::RunOn::event_loop}) {
    const std::size_t nth = run_on == http::RunOn::pool ? 0 : 1;
    std::atomic<bool> done{false};
    {
      auto client = BlockedHandlers::send(toy, "POST /begun");
      toy.pending.wait_for(nth);
      const linger reset{1, 0};
      ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    toy.get("/hello");  // its loop has seen the reset meanwhile
    toy.pending.wait_for(nth)(
        [&] {
          done = true;
          return http::json_response(201, "{}");
        },
        run_on);
    for (int i = 0; i < 6000 && !done; ++i) std::this_thread::sleep_for(10ms);
    CHECK(done);
  }
}
