#pragma once
// A real serve for one host name, and what is common to looking at its answers.
#include <chrono>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace feedctl::hostile {

class HostileInputServer {
 public:
  HostileInputServer() : serve_(database_, {{"server.allowed_hosts", "t,127.0.0.1"}}) {}
  test::RawClient client() { return test::RawClient(serve_.port()); }
  int port() const { return serve_.port(); }

 private:
  support::FreshDatabase database_;
  support::ServerProcess serve_;
};

// Without what the server says while it waits for a body.
inline std::optional<test::RawResponse> read_final_response(test::RawClient& client,
                                                            bool head = false) {
  auto answer = client.read_response(head);
  while (answer && answer->status == 100) answer = client.read_response(head);
  return answer;
}

}  // namespace feedctl::hostile
