#pragma once
// A redis-server of one test's own, which may be stopped, frozen and started again. It ends with
// its object, and with the test program however that ends.
#include <sys/types.h>

#include <string>
#include <vector>

namespace feedctl::test {

class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> settings = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  std::string url() const { return "unix://" + socket(); }
  int port() const { return port_; }
  const std::string& folder() const { return folder_; }  // of its data

  void start();   // returns when it answers
  void kill();    // SIGKILL; what it held is lost
  void freeze();  // SIGSTOP
  void resume();
  void make_unreachable();  // its socket leads nowhere, and open connections end
  void make_reachable();
  // One command by redis-cli's rules of quoting: the answer as text, one line an element.
  std::string cli(const std::string& command) const;

 private:
  std::string socket() const { return folder_ + "/redis.sock"; }

  std::string folder_;
  std::vector<std::string> settings_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace feedctl::test
