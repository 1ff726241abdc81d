#pragma once
// The HTTP/1.1 server (docs/http.md). Event loops own the sockets; they parse, limit and validate
// each request. Handlers run on a bounded pool, so an idle or slow connection costs no thread.
// One thread owns the Server and calls it.
#include <chrono>
#include <memory>

#include "http/rate_limiter.hpp"
#include "http/router.hpp"
#include "http_server/server_options.hpp"

namespace feedctl::http {

class Server {
 public:
  // `router` must outlive the server. `authenticate` and `limit_rate` may be empty.
  Server(ServerOptions options, const Router& router, Authenticator authenticate,
         RateLimiter limit_rate = nullptr);
  ~Server();  // stops

  // Returns once the port accepts connections. Error(unavailable) where the server cannot bind.
  void start();
  int port() const;
  // Takes over what may change in a running server: allowed_hosts, trusted_proxies, cors_origins,
  // access_log, gzip and limits.max_body. Later requests see it. Error(config) changes nothing.
  void reload(const ServerOptions& options);
  // Whether every event loop answers within `timeout` and the handler pool makes progress; see
  // HandlerPool::is_making_progress(). Only after start().
  bool is_responsive(std::chrono::milliseconds timeout);
  // Stops accepting. Answers requests in flight, and those that still come, with Connection: close.
  // True as soon as no connection is left. After `timeout` it closes the rest and returns false.
  bool drain(std::chrono::milliseconds timeout);
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::http
