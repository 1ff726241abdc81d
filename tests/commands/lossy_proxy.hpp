#pragma once
// A proxy between a client and the database's unix socket, which can lose statements and results.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/secret.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::test {

class LossyProxy {
 public:
  // A proxy of the server that `url` names.
  explicit LossyProxy(const Secret<std::string>& url);
  ~LossyProxy();
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  Secret<std::string> url() const { return url_; }

  // The next statement that comes, on any connection, is lost with its connection.
  enum class Loss {
    none,
    request,  // before the server has it
    reply,    // when the server has carried it out and committed
  };
  void lose_next(Loss what) { loss_ = what; }
  bool has_lost() const { return loss_ == Loss::none; }

 private:
  void accept();
  void relay(int client);

  std::string server_;  // the path of its socket
  support::TempFolder folder_;
  Secret<std::string> url_;
  int listener_ = -1;
  std::atomic<Loss> loss_{Loss::none};
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::thread> relays_;  // used by the acceptor alone, until it has ended
};

}  // namespace feedctl::test
