#pragma once
// One connection to a Redis server. One thread at a time owns it. After a ConnectionError it is
// broken for good.
//
// Once a second a command carries a health check along: is the server a primary, and which
// installation owns its keys? A server that has become a replica (after a failover its address
// leads elsewhere), or that another installation uses, ends the connection with
// UnusableServerError.
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "redis/address.hpp"
#include "redis/error_reply.hpp"
#include "redis/tenancy.hpp"

struct redisContext;

namespace feedctl::redis {

// The server cannot be reached, did not answer in time, or closed the connection.
class ConnectionError : public std::runtime_error {
 public:
  ConnectionError(const std::string& message, bool timed_out)
      : std::runtime_error(message), is_timeout_(timed_out) {}
  bool is_timeout() const { return is_timeout_; }

 private:
  bool is_timeout_;
};

// The server answers but must not be used: it is a replica, it still loads its data, or another
// installation owns its keys.
class UnusableServerError : public ConnectionError {
 public:
  explicit UnusableServerError(const std::string& message, std::string remedy = "")
      : ConnectionError(message, false), remedy_(std::move(remedy)) {}
  const std::string& remedy() const { return remedy_; }  // "" if none is known

 private:
  std::string remedy_;
};

// The server answered a command with an error ("OOM ..", "NOPERM .."). The connection stays good.
class ReplyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  std::string_view error_prefix() const { return parse_error_prefix(what()); }
};

struct Reply {
  bool is_nil = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Reply> elements;
};

// Lua scripts; a connection knows each by its index.
using Scripts = std::vector<std::string_view>;

class Connection {
 public:
  using Arguments = std::vector<std::string_view>;

  // Connects; then logs in and loads the scripts in one round trip. Throws ConnectionError,
  // ReplyError. Ignores SIGPIPE in the whole process.
  Connection(const Address& address, std::chrono::milliseconds timeout, const Scripts& scripts,
             const Tenancy& tenancy);

  Reply command(const Arguments& arguments);
  // EVALSHA, or EVAL if the server does not know the script (any more). Puts the prefix before the
  // keys.
  Reply eval(std::size_t script, const Arguments& keys, const Arguments& arguments);
  // Checks that the server takes writes, and runs the health check now. Throws as command().
  void probe();
  // The server's run id and the installation. A server with another id may have lost data, or
  // rolled it back.
  const std::string& run_id() const { return run_id_; }
  const std::string& installation() const { return tenancy_.installation; }

 private:
  struct ContextDeleter {
    void operator()(redisContext* context) const;
  };

  void handshake(const Address& address);
  void send(const Arguments& arguments);
  Reply receive();
  Reply receive_if_allowed();
  void send_health_check();
  void receive_health_check();
  [[noreturn]] void throw_connection_error() const;

  std::unique_ptr<redisContext, ContextDeleter> context_;
  Scripts scripts_;
  const Tenancy tenancy_;
  std::vector<std::string> script_hashes_;
  std::string run_id_;
  std::chrono::steady_clock::time_point next_health_check_{};
};

// The value of `name` in the answer to INFO, "" if it is absent.
std::string info_value(std::string_view info, std::string_view name);

}  // namespace feedctl::redis
