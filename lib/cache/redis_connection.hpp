#pragma once
// One connection to a Redis server. Owned by one thread at a time; broken for good after RedisDown.
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis_url.hpp"

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

// The server answered with an error ("OOM ..", "LOADING .."); the connection is good.
class RedisRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
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
                  const RedisScripts& scripts);

  RedisReply command(const Arguments& arguments);
  // EVALSHA, and EVAL where the server does not know the script (any more).
  RedisReply eval(std::size_t script, const Arguments& keys, const Arguments& arguments);
  // Which run of the server this is: another one may have lost or rolled back what it held.
  const std::string& run_id() const { return run_id_; }

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  void set_up(const RedisAddress& address);
  void send(const Arguments& arguments);
  RedisReply receive();
  [[noreturn]] void fail() const;

  std::unique_ptr<redisContext, Free> context_;
  RedisScripts scripts_;
  std::vector<std::string> hashes_;
  std::string run_id_;
};

// The value of `name` in the answer to INFO, "" where it is absent.
std::string info_value(std::string_view info, std::string_view name);

}  // namespace feedctl::cache
