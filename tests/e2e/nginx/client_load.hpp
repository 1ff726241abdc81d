#pragma once
// Clients that send requests through nginx, one after the other, and note each that fails: a
// connection that is refused or cut, and an answer that is no success. Thread-safe.
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace feedctl::nginx_test {

enum class Mix { reads, writes_with_key, posts, changes };

class ClientLoad {
 public:
  // One thread for each mix. `user` and `post` exist; `user` writes.
  ClientLoad(int port, std::int64_t user, std::int64_t post, const std::vector<Mix>& mixes);
  ~ClientLoad() { stop(); }

  void stop();
  int answered() const { return answered_; }
  // Waits until so many requests more were answered.
  void wait_for_answers(int more) const;
  std::vector<std::string> failures() const;

 private:
  void run(int number, Mix mix);
  std::string request(int number, int i, Mix mix) const;

  const int port_;
  const std::int64_t user_;
  const std::int64_t post_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> answered_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> clients_;
};

}  // namespace feedctl::nginx_test
