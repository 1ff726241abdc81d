#pragma once
// The HTTP server: an epoll front before cpp-httplib. Event loops (one a core) own the sockets,
// frame and limit each request and hand it, complete and validated, to httplib's processing through
// an in-memory Stream. Handlers run on a bounded pool, so an idle or slow connection costs no
// thread (RELIABILITY 2i; docs/architecture.md).
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/router.hpp"

namespace feedctl::http {

struct Limits {
  std::size_t request_line = 8 * 1024;
  std::size_t header_line = 8 * 1024;
  std::size_t header_bytes = 32 * 1024;
  std::size_t header_count = 100;
  std::size_t query_params = 64;
  std::size_t body = 256 * 1024;
  std::size_t body_in_memory = 64 * 1024;        // more goes to an unlinked temp file
  std::chrono::milliseconds header_time{10000};  // total, from the first byte of a request
  std::chrono::milliseconds body_grace{5000};    // then at least body_rate bytes a second
  std::size_t body_rate = 1024;
  std::chrono::milliseconds request_time{30000};  // total, from the first byte to the last
  std::chrono::milliseconds write_time{30000};    // total, for one response
  std::chrono::milliseconds first_time{15000};    // before the first request
  // Between requests. Longer than the 60 s for which proxies keep an idle connection: one that is
  // closed here just when a proxy sends a POST over it costs the client a 502.
  std::chrono::milliseconds idle_time{75000};
  std::chrono::milliseconds heartbeat{15000};     // of streams that have nothing to say
  std::chrono::milliseconds drain_idle{1000};     // the same in a drain: at most half its patience
  std::size_t requests_per_connection = 1000;
  std::size_t connections = 20000;  // accepting pauses above it
  std::size_t body_files = 2560;    // that bodies are kept in, at once; one more: 503
  // Of unfinished requests and unsent answers of all connections; whoever holds more than a little
  // beyond it is cut off.
  std::size_t held = 128 * 1024 * 1024;
  std::size_t queue = 512;  // requests waiting for a pool thread; more: 503
  // Where the wait was longer than this for as long as that: 503 until it is shorter again.
  std::chrono::milliseconds queue_wait{100};
  std::chrono::milliseconds queue_patience{500};
  // Of the pool's threads, at most so many at once for reads and all below them, for writes and all
  // below, and for uploads (see Bulkheads). 0: most, fewer, a quarter.
  int read_threads = 0, write_threads = 0, upload_threads = 0;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8000;                           // 0: any free one
  std::optional<int> listen_fd;              // a listening socket that was handed in
  int loops = 0;                             // 0: one a core
  int threads = 16;                          // handler pool
  std::vector<std::string> allowed_hosts;    // empty: any Host
  std::vector<std::string> trusted_proxies;  // addresses or CIDR whose X-Forwarded-For counts
  std::vector<std::string> cors_origins;     // exact; "*" for any (dev)
  bool access_log = true;
  bool gzip = true;  // answers that it makes smaller, for clients that ask for it
  std::chrono::milliseconds handler_time{1500};  // Request::deadline is set this far ahead
  Limits limits;
};

// Called for every routed request before its handler, on the pool: checks credentials against the
// route's policy and fills in request.identity. Throws Error(unauthenticated / permission_denied).
using Authenticator = std::function<void(Request&, Policy)>;

class Server {
 public:
  // `router` must outlive the server.
  Server(ServerOptions options, const Router& router, Authenticator authenticate);
  ~Server();  // stops

  // Binds and serves; returns once the port accepts. Error(unavailable) where it cannot bind.
  void start();
  int port() const;
  // Takes over from `fresh` what may change while it serves: allowed_hosts, trusted_proxies,
  // cors_origins, access_log, gzip, limits.body. Requests from now on see it. Error(config), and
  // then nothing has changed.
  void reload(const ServerOptions& fresh);
  // Whether every loop answers within `patience` and the pool gets on: see HandlerPool::gets_on().
  // For one thread, and once it has started.
  bool turns(std::chrono::milliseconds patience);
  // Stop accepting; answer what is in flight, and what still comes on open connections, with
  // Connection: close; close what stays idle. Returns true as soon as no connection is left, or
  // false after `patience`, when it has cut off the rest.
  bool drain(std::chrono::milliseconds patience);
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::http
