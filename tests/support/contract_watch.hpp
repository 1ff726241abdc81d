#pragma once
// Checks every answer that clients of this process get against the OpenAPI description of the
// binary. Threads must not use Catch2's assertions, so faults are collected: at its end the process
// prints them and fails. A test program has one object at namespace scope.
#include <map>
#include <mutex>
#include <string>

#include "support/http_client.hpp"

namespace feedctl::support {

class ContractWatch {
 public:
  ContractWatch();
  ~ContractWatch();
  ContractWatch(const ContractWatch&) = delete;
  ContractWatch& operator=(const ContractWatch&) = delete;

 private:
  void check(const std::string& method, const std::string& target, const HttpResponse& answer);

  std::mutex mutex_;
  std::map<std::string, std::string> faults_;  // by operation and fault, with the first answer
};

}  // namespace feedctl::support
