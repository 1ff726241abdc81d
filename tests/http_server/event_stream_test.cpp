// Event streams: who writes to them, who reads them, and how they end.
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::eventually;

namespace {

RawClient reader_of(ToyServer& toy) {
  auto client = toy.client();
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  return client;
}

std::shared_ptr<http::EventStream> stream_of(ToyServer& toy, std::size_t nth) {
  auto stream = toy.streams.wait_for(nth).lock();
  REQUIRE(stream);
  return stream;
}

double dropped_streams() {
  return metrics::counter("feedctl_http_streams_dropped_total", "").value();
}

}  // namespace

TEST_CASE("a stream sends its head first and then the bytes from other threads") {
  ToyServer toy;
  auto reader = reader_of(toy);
  const auto head = reader.read_until("\r\n\r\n");
  CHECK(head.find("HTTP/1.1 200 ") == 0);
  CHECK(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Content-Encoding") == std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(reader.read_until("\n\n") == "retry: 100\n\n");
  const auto stream = stream_of(toy, 0);
  for (int i = 0; i < 100; ++i) {
    const auto event = "data: " + std::to_string(i) + "\n\n";
    CHECK(stream->send(event));
    CHECK(reader.read_until("\n\n") == event);
  }
  stream->finish("data: last\n\n");
  CHECK_FALSE(stream->send("data: too late\n\n"));
  CHECK(reader.read_to_end() == "data: last\n\n");
}

TEST_CASE("bytes written before the head is sent follow it") {
  ToyServer toy;
  for (std::size_t i = 0; i < 50; ++i) {
    auto reader = reader_of(toy);
    stream_of(toy, i)->send("data: early\n\n");
    CHECK(reader.read_until("data: early\n\n").find("\r\n\r\nretry: 100\n\n") != std::string::npos);
  }
}

TEST_CASE("a HEAD opens no stream, and a stream that its client does not accept ends immediately") {
  ToyServer toy;
  auto client = toy.client();
  const auto head =
      client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_to_end();
  CHECK(head.find("HTTP/1.1 200 ") == 0);
  CHECK(head.find("retry") == std::string::npos);
  CHECK(toy.get("/stream", "Accept: application/json\r\n").status == 406);
  CHECK(eventually([&] { return toy.streams.wait_for(1).expired(); }));
}

TEST_CASE("a client that disconnects ends its stream") {
  // No heartbeat, which would notice the closed connection.
  ToyServer toy([](http::ServerOptions& o) { o.limits.heartbeat_interval = 10min; });
  auto reader = reader_of(toy);
  reader.read_until("retry: 100\n\n");
  const auto stream = stream_of(toy, 0);
  { auto left = std::move(reader); }
  CHECK(eventually([&] { return stream->is_over(); }));
  CHECK_FALSE(stream->send("data: x\n\n"));
}

TEST_CASE("a slow client is dropped, and the others keep reading") {
  ToyServer toy;
  const auto before = dropped_streams();
  auto slow = toy.client();
  const int small = 4096;
  ::setsockopt(slow.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  slow.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto behind = stream_of(toy, 0);
  auto quick = reader_of(toy);
  const auto other = stream_of(toy, 1);
  const std::string event = "data: " + std::string(1000, 'x') + "\n\n";
  quick.read_until("retry: 100\n\n");
  std::size_t taken = 0;
  for (; behind->send(event) && taken < 100'000; ++taken) {
    if (taken % 16 != 0) continue;
    CHECK(other->send(event));
    CHECK(quick.read_until("\n\n") == event);
  }
  CHECK(taken >= http::EventStream::default_max_unsent / event.size());
  CHECK(taken < 100'000);  // at most the kernel's buffers and the limit
  CHECK(eventually([&] { return dropped_streams() == before + 1; }));
  CHECK(other->send("data: on\n\n"));
  CHECK(quick.read_until("\n\n") == "data: on\n\n");
}

TEST_CASE("an idle stream sends heartbeats while it is open") {
  ToyServer toy([](http::ServerOptions& o) {
    o.limits.heartbeat_interval = 20ms;
    o.limits.idle_timeout = 50ms;
    o.limits.request_timeout = 50ms;
    o.limits.header_timeout = 50ms;
  });
  auto reader = reader_of(toy);
  reader.read_until("retry: 100\n\n");
  for (int i = 0; i < 20; ++i) CHECK(reader.read_until("\n\n") == ": still here\n\n");
  stream_of(toy, 0)->finish("");
  reader.read_to_end();
}

TEST_CASE("a drain ends streams with a retry time") {
  ToyServer toy;
  auto reader = reader_of(toy);
  reader.read_until("retry: 100\n\n");
  stream_of(toy, 0)->send("data: x\n\n");
  std::string last;
  std::thread rest([&] { last = reader.read_to_end(); });
  CHECK(toy.server.drain(10s));
  rest.join();
  CHECK(last.find("data: x\n\nretry: ") == 0);
}

TEST_CASE("a stream is logged in the access log once, when it ends") {
  ToyServer toy([](http::ServerOptions& o) { o.access_log = true; });
  const CapturedLog captured;
  auto reader = reader_of(toy);
  reader.read_until("retry: 100\n\n");
  stream_of(toy, 0)->send("data: 12345\n\n");
  reader.read_until("\n\n");
  CHECK(captured.lines().empty());
  stream_of(toy, 0)->finish("");
  reader.read_to_end();
  CHECK(eventually([&] { return !captured.lines().empty(); }));
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("\"path\":\"/stream\"") != std::string::npos);
  CHECK(lines[0].find("\"bytes\":25") != std::string::npos);
}

TEST_CASE("threads write to streams while clients connect and disconnect") {
  ToyServer toy;
  std::atomic<bool> over{false};
  std::vector<std::thread> producers;
  for (int i = 0; i < 2; ++i) {
    producers.emplace_back([&] {
      while (!over) {
        std::vector<std::weak_ptr<http::EventStream>> all;
        {
          const std::lock_guard lock(toy.streams.mutex);
          all = toy.streams.all;
        }
        for (const auto& one : all) {
          if (const auto stream = one.lock()) stream->send("data: x\n\n");
        }
        std::this_thread::yield();
      }
    });
  }
  int read = 0;
  for (int i = 0; i < 200; ++i) {
    auto reader = reader_of(toy);
    if (i % 3 == 0) continue;  // leaves at once
    read += !reader.read_until("data: x\n\n").empty();
  }
  CHECK(read == 133);
  toy.server.stop();
  over = true;
  for (auto& producer : producers) producer.join();
}
