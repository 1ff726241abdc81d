#pragma once
// A real serve for one host name, and what is common to looking at its answers.
#include <chrono>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "http/raw_client.hpp"
#include "support/serve.hpp"

namespace feedctl::hostile {

class World {
 public:
  World() : serve_(database_, {{"server.allowed_hosts", "t,127.0.0.1"}}) {}
  test::RawClient client() { return test::RawClient(serve_.port()); }
  int port() const { return serve_.port(); }

 private:
  support::FreshDatabase database_;
  support::Serve serve_;
};

// Without what the server says while it waits for a body.
inline std::optional<test::Answer> final_answer(test::RawClient& client, bool head = false) {
  auto answer = client.answer(head);
  while (answer && answer->status == 100) answer = client.answer(head);
  return answer;
}

}  // namespace feedctl::hostile
