#pragma once
// A server with a few toy routes on a free port, which ends with its scope.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/event_stream.hpp"
#include "http_server/server.hpp"
#include "support/raw_client.hpp"

namespace feedctl::test {

// Whole requests; `fields` are header lines with their ends.
std::string get_request(const std::string& path, const std::string& fields = "");
std::string echo_request(const std::string& body, const std::string& fields = "");

// Of POST /large-body. The server's own limit is smaller.
inline constexpr std::size_t max_large_body = 1 << 20;
// The bytes of GET /file, and the size of GET /huge-file.
std::string file_content();
inline constexpr std::size_t huge_file_size = 64 << 20;

// Holds handlers until it is opened.
class HandlerGate {
 public:
  void open();
  void wait();                        // from a handler
  void wait_for_arrivals(int count);  // until `count` handlers wait at it

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class ToyServer {
 public:
  explicit ToyServer(const std::function<void(http::ServerOptions&)>& adjust = nullptr,
                     http::Authenticator authenticate = nullptr,
                     http::RateLimiter limit_rate = nullptr);
  ~ToyServer();

  RawClient client() { return RawClient(server.port()); }
  RawResponse get(std::string_view path, std::string_view fields = "");

  HandlerGate gate;
  HandlerGate hold_gate;
  // Whether /ready/{name} has an inline response, and how often each way was used.
  struct InlineRoute {
    std::atomic<bool> on{true};
    std::atomic<bool> only_stale{false};  // only for requests that no handler will answer
    std::atomic<int> calls{0};
    std::atomic<int> inline_responses{0};
    std::atomic<int> handler_calls{0};
  } memory;
  // The streams of /stream, in the order of their requests.
  struct Streams {
    std::size_t max_buffered = http::EventStream::default_max_unsent;
    std::weak_ptr<http::EventStream> wait_for(std::size_t nth);  // from 0
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::weak_ptr<http::EventStream>> all;
  } streams;
  // The requests that POST /begun has started, in order.
  struct PendingRequests {
    http::CompletionCallback wait_for(std::size_t nth);  // from 0
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<http::CompletionCallback> all;
  } pending;
  // GET /in-turn/{name} runs on the loop and records its name here; "wait" waits at the gate
  // first, "hold" at the other one.
  struct ExecutionOrder {
    std::mutex mutex;
    std::vector<std::string> names;
  } execution_order;
  http::Router router;
  http::Server server;
};

}  // namespace feedctl::test
