#pragma once
// A server with a few toy routes on a free port, which ends with its scope.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "http/event_stream.hpp"
#include "http/raw_client.hpp"
#include "http/server.hpp"

namespace feedctl::test {

// Holds handlers until it is opened.
class Gate {
 public:
  void open();
  void pass();                        // from a handler
  void wait_for_arrivals(int count);  // until so many handlers stand before it

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

class ToyServer {
 public:
  explicit ToyServer(const std::function<void(http::ServerOptions&)>& adjust = nullptr,
                     http::Authenticator authenticate = nullptr);
  ~ToyServer();

  RawClient client() { return RawClient(server.port()); }
  Answer get(std::string_view path, std::string_view fields = "");

  Gate gate;
  // Whether /ready/{name} has its answer in memory, and how often each way gave it.
  struct Remembering {
    std::atomic<bool> on{true};
    std::atomic<bool> at_last{false};  // only for those whom no handler will answer
    std::atomic<int> asked{0};
    std::atomic<int> given{0};
    std::atomic<int> handled{0};
  } memory;
  // The streams of /stream, in the order in which they were asked for.
  struct Streams {
    std::size_t most = http::EventStream::usual_most;
    std::weak_ptr<http::EventStream> wait_for(std::size_t nth);  // from 0
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::weak_ptr<http::EventStream>> all;
  } streams;
  // What POST /begun has begun, in the order in which it came.
  struct Begun {
    http::Resume wait_for(std::size_t nth);  // from 0
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<http::Resume> all;
  } begun;
  // GET /in-turn/{name}: on the loop, in the order in which they ran; "wait" passes the gate first.
  struct Turns {
    std::mutex mutex;
    std::vector<std::string> names;
  } turns;
  http::Router router;
  http::Server server;
};

}  // namespace feedctl::test
