#pragma once
// One connection to a Redis server. Owned by one thread at a time; broken for good after RedisDown.
//
// Once a second, with a command that is sent anyway, the server is asked whether it is a primary
// and whose names it holds. One that has become a replica (a failover moves its address elsewhere),
// or that another installation uses, ends the connection as one that is gone does.
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis_error.hpp"
#include "cache/redis_url.hpp"
#include "cache/tenancy.hpp"

struct redisContext;

namespace feedctl::cache {

// The server cannot be reached, did not answer in time, or closed the connection.
class RedisDown : public std::runtime_error {
 public:
  RedisDown(const std::string& message, bool timed_out)
      : std::runtime_error(message), timed_out_(timed_out) {}
  bool timed_out() const { return timed_out_; }

 private:
  bool timed_out_;
};

// The server answers, but is not to be used: a replica, one that still loads its data, or one that
// holds another installation's names.
class RedisUnfit : public RedisDown {
 public:
  explicit RedisUnfit(const std::string& message, std::string remedy = "")
      : RedisDown(message, false), remedy_(std::move(remedy)) {}
  const std::string& remedy() const { return remedy_; }  // "" where there is none to name

 private:
  std::string remedy_;
};

// The server answered with an error of this command ("OOM ..", "NOPERM .."); the connection is
// good.
class RedisRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  std::string_view word() const { return redis_error_word(what()); }
};

struct RedisReply {
  bool nil = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<RedisReply> elements;
};

// A Lua script: scripts are known to a connection by their place in its list.
using RedisScripts = std::vector<std::string_view>;

class RedisConnection {
 public:
  using Arguments = std::vector<std::string_view>;

  // Connects, enters and loads the scripts in one round trip. Throws RedisDown, RedisRefused.
  RedisConnection(const RedisAddress& address, std::chrono::milliseconds timeout,
                  const RedisScripts& scripts, const Tenancy& tenancy);

  RedisReply command(const Arguments& arguments);
  // EVALSHA, and EVAL where the server does not know the script (any more). The prefix is put
  // before the keys.
  RedisReply eval(std::size_t script, const Arguments& keys, const Arguments& arguments);
  // Whether it takes writes, and what a command asks once a second, now. Throws as command().
  void probe();
  // Which run of the server this is, and for whom: another one may have lost or rolled back what
  // it held, and another installation's is not ours.
  const std::string& run_id() const { return run_id_; }
  const std::string& installation() const { return tenancy_.installation; }

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  void set_up(const RedisAddress& address);
  void send(const Arguments& arguments);
  RedisReply receive();
  RedisReply receive_if_allowed();
  void send_check();
  void receive_check();
  [[noreturn]] void fail() const;

  std::unique_ptr<redisContext, Free> context_;
  RedisScripts scripts_;
  const Tenancy tenancy_;
  std::vector<std::string> hashes_;
  std::string run_id_;
  std::chrono::steady_clock::time_point next_check_{};
};

// The value of `name` in the answer to INFO, "" where it is absent.
std::string info_value(std::string_view info, std::string_view name);

}  // namespace feedctl::cache
