#pragma once
// Many clients that ask for the same at the same moment, each on a connection of its own.
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace feedctl::test {

class Crowd {
 public:
  // Connects; throws where that fails.
  Crowd(int port, int clients);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd();

  void ask(const std::string& target);
  // Waits for the answers: how many there are of each status, 0 for none.
  std::map<int, int> answers(std::chrono::milliseconds patience);

 private:
  std::vector<int> sockets_;
};

}  // namespace feedctl::test
