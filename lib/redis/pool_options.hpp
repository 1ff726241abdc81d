#pragma once
// The options of a connection pool. A plain value.
#include <chrono>
#include <cstddef>
#include <string>

namespace feedctl::redis {

struct PoolOptions {
  std::string url;  // redis://[[user]:password@]host[:port][/db] or unix:///path[?db=0&password=..]
  std::chrono::milliseconds timeout{50};  // of an operation, of a connect, of a wait for the pool
  std::size_t pool_size = 8;
  std::string prefix = {};             // before every key
  bool wait_for_installation = false;  // no operation runs before set_installation()
};

}  // namespace feedctl::redis
