// Who may wait for a handler, and what the others hear while there is too much to do.
#include "http/admission.hpp"

#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "http/bulkheads.hpp"
#include "http/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using http::Admission;
using http::Load;
using Verdict = Admission::Verdict;

namespace {

http::Limits limits(std::size_t queue) {
  http::Limits made;
  made.queue = queue;
  return made;
}

// Where the first of the queue has waited for that long.
Verdict judge(Admission& admission, Load load, std::chrono::milliseconds wait,
              Admission::Clock::time_point now) {
  return admission.judge(load, 1, now - wait, now);
}

const auto start = Admission::Clock::now();

struct Stuck {
  Stuck(ToyServer& toy, int threads) {
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
  options.threads = 2;
  options.limits.queue = 8;
  options.limits.queue_wait = 20ms;
  options.limits.queue_patience = 40ms;
}

int post(ToyServer& toy, const std::string& path) {
  return Stuck::send(toy, "POST " + path).answer()->status;
}

double shed(const std::string& load, const std::string& why) {
  return metrics::counter("feedctl_http_shed_total", "", {{"class", load}, {"reason", why}})
      .value();
}

}  // namespace

TEST_CASE("what matters less finds the queue full while the rest still finds room") {
  Admission admission(limits(80));
  const auto room_for = [&](Load load) {
    std::size_t waiting = 0;
    while (admission.judge(load, waiting, start, start) == Verdict::admitted) ++waiting;
    return waiting;
  };
  CHECK(room_for(Load::upload) == 20);
  CHECK(room_for(Load::write) == 60);
  CHECK(room_for(Load::read) == 70);
  CHECK(room_for(Load::cached) == 80);
  CHECK(room_for(Load::health) == 80);
}

TEST_CASE("a wait that is too long for too long lets nobody in until it is short again") {
  Admission admission(limits(80));
  CHECK(judge(admission, Load::read, 99ms, start) == Verdict::admitted);
  CHECK(judge(admission, Load::read, 150ms, start + 51ms) == Verdict::admitted);
  // Too long since the first of the queue had waited for 100 ms: since start + 1 ms.
  CHECK(judge(admission, Load::read, 300ms, start + 500ms) == Verdict::admitted);
  CHECK(judge(admission, Load::read, 300ms, start + 501ms) == Verdict::slow);
  CHECK(judge(admission, Load::cached, 300ms, start + 502ms) == Verdict::slow);
  CHECK(judge(admission, Load::health, 300ms, start + 502ms) == Verdict::admitted);
  admission.took(start + 400ms, false, start + 499ms + 1ms);
  admission.took(start + 450ms, false, start + 549ms);
  CHECK(judge(admission, Load::read, 50ms, start + 550ms) == Verdict::admitted);
}

TEST_CASE("a long wait that ends within its time is no reason to send anybody away") {
  Admission admission(limits(80));
  for (int ms = 0; ms < 5000; ms += 100) {
    const auto now = start + std::chrono::milliseconds(ms);
    const auto wait = std::chrono::milliseconds(50 + ms % 400);
    admission.took(now - wait, false, now);
    CHECK(judge(admission, Load::upload, wait, now) == Verdict::admitted);
  }
}

TEST_CASE("an empty queue forgets how slow it was") {
  Admission admission(limits(80));
  judge(admission, Load::read, 200ms, start);
  CHECK(judge(admission, Load::read, 900ms, start + 700ms) == Verdict::slow);
  CHECK(admission.judge(Load::read, 0, std::nullopt, start + 701ms) == Verdict::admitted);
  judge(admission, Load::read, 200ms, start + 800ms);
  admission.took(start, true, start + 1400ms);
  CHECK(judge(admission, Load::read, 150ms, start + 1500ms) == Verdict::admitted);
}

TEST_CASE("while handlers are stuck, health and what is cached are answered and the rest at once") {
  ToyServer toy(busy);
  const double before = shed("read", "slow");
  Stuck stuck(toy, 2);
  std::vector<RawClient> queued;
  queued.push_back(Stuck::send(toy, "GET /hello"));
  std::this_thread::sleep_for(100ms);
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
  CHECK(queued[0].answer()->status == 200);
  for (auto& one : stuck.waiting) CHECK(one.answer()->status == 200);
  CHECK(toy.get("/hello").status == 200);
  CHECK(post(toy, "/none") == 204);
}

TEST_CASE("uploads are sent away first, then writes, then reads") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.loops = 1;
    o.limits.queue_wait = 10s;
  });
  Stuck stuck(toy, 2);
  std::vector<RawClient> queued;
  const auto fill = [&](int until) {
    while (static_cast<int>(queued.size()) < until) {
      queued.push_back(Stuck::send(toy, "GET /ready/other"));
    }
    for (int i = 0; i < 1000 && toy.memory.asked < until; ++i) std::this_thread::sleep_for(5ms);
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
  for (auto& one : queued) CHECK(one.answer()->status == 200);
}

TEST_CASE("whom no handler will answer gets what the memory has, however old") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.queue = 1;
    o.limits.queue_wait = 10s;
    o.handler_time = 100ms;
  });
  toy.memory.at_last = true;
  Stuck stuck(toy, 2);
  // One waits past its deadline, the other finds no room.
  auto late = Stuck::send(toy, "GET /ready/it");
  for (int i = 0; i < 1000 && toy.memory.asked < 1; ++i) std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(150ms);
  const auto refused = toy.get("/ready/it");
  CHECK(refused.status == 200);
  CHECK(toy.get("/ready/other").status == 503);
  toy.gate.open();
  const auto answer = late.answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == refused.body);
  CHECK(toy.memory.handled == 0);
}

TEST_CASE("where all handlers are stuck the memory is asked for what it has, however old") {
  ToyServer toy(busy);
  toy.memory.at_last = true;
  Stuck stuck(toy, 2);
  std::this_thread::sleep_for(20ms);          // of 20 that are too long to wait a quarter is enough
  CHECK(toy.get("/ready/it").status == 200);  // though nobody waits
  CHECK(toy.memory.handled == 0);
  toy.gate.open();
  for (auto& one : stuck.waiting) CHECK(one.answer()->status == 200);
}

TEST_CASE("who waits for a handler is given what the memory has before the wait is too long") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.queue_wait = 400ms;
    o.limits.queue_patience = 10s;
  });
  toy.memory.at_last = true;
  Stuck stuck(toy, 2);
  auto lucky = Stuck::send(toy, "GET /ready/it"), other = Stuck::send(toy, "GET /ready/other");
  CHECK(lucky.answer()->status == 200);
  CHECK(toy.memory.handled == 0);
  std::this_thread::sleep_for(450ms);  // the other was looked at, too, and waits on
  CHECK(toy.memory.handled == 0);
  toy.gate.open();
  CHECK(other.answer()->status == 200);
  CHECK(toy.memory.handled == 1);
}

TEST_CASE("each kind of load leaves some threads to those above it") {
  http::Limits some;
  some.read_threads = 3;
  http::Bulkheads bulkheads(8, some);
  const auto fill = [&](Load load) {
    const auto kind = http::Bulkheads::kind_of(load);
    int count = 0;
    for (; bulkheads.room(kind); ++count) bulkheads.enter(kind);
    return count;
  };
  CHECK(fill(Load::upload) == 2);
  CHECK(fill(Load::write) == 1);  // with the uploads, which stand below
  CHECK(fill(Load::read) == 0);
  CHECK(fill(Load::cached) == 5);
  bulkheads.leave(http::Bulkheads::kind_of(Load::upload));
  CHECK(fill(Load::read) == 1);
}

TEST_CASE("few threads are for everybody, and no kind is left without one") {
  for (const int threads : {1, 2, 3, 4, 16}) {
    INFO(threads);
    for (const auto load : {Load::cached, Load::read, Load::write, Load::upload}) {
      http::Bulkheads bulkheads(threads, http::Limits{});
      const auto kind = http::Bulkheads::kind_of(load);
      int count = 0;
      for (; bulkheads.room(kind); ++count) bulkheads.enter(kind);
      CHECK(count >= 1);
      if (load == Load::cached) CHECK(count == threads);
      if (load == Load::read) CHECK(count == (threads == 16 ? 14 : threads == 4 ? 3 : threads));
    }
  }
}

TEST_CASE("slow reads leave a thread for what is nearly always in memory") {
  ToyServer toy([](http::ServerOptions& o) {
    o.threads = 4;
    o.limits.queue_wait = 10s;
  });
  toy.memory.on = false;
  Stuck stuck(toy, 3);
  auto fourth = Stuck::send(toy, "GET /hello");
  for (int i = 0; i < 20; ++i) CHECK(toy.get("/ready/it").status == 200);
  CHECK(toy.memory.handled == 20);
  toy.gate.open();
  CHECK(fourth.answer()->status == 200);
  for (auto& one : stuck.waiting) CHECK(one.answer()->status == 200);
}

TEST_CASE("a server that was overrun is itself again as soon as its handlers are") {
  ToyServer toy([](http::ServerOptions& o) {
    busy(o);
    o.limits.queue = 64;
    o.handler_time = 100ms;
  });
  Stuck stuck(toy, 2);
  std::vector<RawClient> crowd;
  for (int i = 0; i < 200; ++i) crowd.push_back(Stuck::send(toy, "GET /hello"));
  std::this_thread::sleep_for(150ms);
  toy.gate.open();
  int answered = 0;
  for (auto& one : crowd) answered += one.answer().has_value();
  CHECK(answered == 200);
  for (int i = 0; i < 50; ++i) CHECK(toy.get("/hello").status == 200);
}

TEST_CASE("whose work is done is answered, however much there is to do") {
  ToyServer toy(busy);
  auto begun = Stuck::send(toy, "POST /begun");
  const auto resume = toy.begun.wait_for(0);
  Stuck stuck(toy, 2);
  auto queued = Stuck::send(toy, "GET /hello");
  std::this_thread::sleep_for(100ms);
  REQUIRE(post(toy, "/none") == 503);
  resume([] { return http::json_response(201, "{}"); }, false);
  std::this_thread::sleep_for(50ms);
  toy.gate.open();
  CHECK(begun.answer()->status == 201);
  CHECK(queued.answer()->status == 200);
}

TEST_CASE("the time that work takes elsewhere is no wait for a handler") {
  ToyServer toy([](auto& options) {
    options.threads = 1;
    options.limits.queue_wait = 1s;
    options.limits.queue_patience = 500ms;
  });
  auto begun = Stuck::send(toy, "POST /begun");
  const auto resume = toy.begun.wait_for(0);
  std::this_thread::sleep_for(1700ms);
  Stuck stuck(toy, 1);
  resume([] { return http::json_response(201, "{}"); }, false);
  std::this_thread::sleep_for(50ms);
  auto next = Stuck::send(toy, "POST /none");
  std::this_thread::sleep_for(50ms);
  toy.gate.open();
  CHECK(begun.answer()->status == 201);
  CHECK(next.answer()->status == 204);
}

TEST_CASE("what is left of a command is done though its client has gone") {
  ToyServer toy([](auto& options) { options.loops = 1; });
  for (const bool quick : {false, true}) {
    std::atomic<bool> done{false};
    {
      auto client = Stuck::send(toy, "POST /begun");
      toy.begun.wait_for(quick ? 1 : 0);
      const linger reset{1, 0};
      ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    toy.get("/hello");  // its loop has seen the reset meanwhile
    toy.begun.wait_for(quick ? 1 : 0)(
        [&] {
          done = true;
          return http::json_response(201, "{}");
        },
        quick);
    for (int i = 0; i < 1000 && !done; ++i) std::this_thread::sleep_for(10ms);
    CHECK(done);
  }
}
