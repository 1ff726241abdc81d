#pragma once
// Many clients that ask for the same at the same moment, each on a connection of its own.
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace feedctl::test {

class ConcurrentClients {
 public:
  // Connects; throws where that fails.
  ConcurrentClients(int port, int clients);
  ConcurrentClients(const ConcurrentClients&) = delete;
  ConcurrentClients& operator=(const ConcurrentClients&) = delete;
  ~ConcurrentClients();

  void send_all(const std::string& target);
  // Waits for the answers: how many there are of each status, 0 for none.
  std::map<int, int> wait_for_statuses(std::chrono::milliseconds patience);

 private:
  std::vector<int> sockets_;
};

}  // namespace feedctl::test
