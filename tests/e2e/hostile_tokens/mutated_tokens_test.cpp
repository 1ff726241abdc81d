// Every bit of valid tokens turned over, and every end cut off, against a server that has the valid
// tokens in its cache.
#include <optional>

#include "e2e/hostile_tokens/token_server.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// Sends whatever bytes a token became. The server closes where they are no header field.
class RawBearer {
 public:
  explicit RawBearer(int port) : port_(port) {}

  // 0: it closed without an answer.
  int status_of(const std::string& token) {
    if (!client_) client_.emplace(port_);
    client_->send("GET /v1/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token +
                  "\r\n\r\n");
    const auto answer = client_->read_response();
    if (!answer || answer->header("connection") == "close") client_.reset();
    return answer ? answer->status : 0;
  }

 private:
  int port_;
  std::optional<test::RawClient> client_;
};

// 400: the byte may not stand in a header field.
bool is_refusal(int status) {
  return status == 401 || status == 400;
}

// At most ten: the first ones tell what is wrong.
void check_all_refused(RawBearer& client, const std::vector<std::string>& tokens) {
  int accepted = 0;
  for (const auto& token : tokens) {
    const auto status = client.status_of(token);
    if (is_refusal(status)) continue;
    UNSCOPED_INFO(status << " for " << token);
    if (++accepted == 10) break;
  }
  CHECK(accepted == 0);
}

std::vector<std::string> bit_flips(const std::string& token) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      all.push_back(token);
      all.back()[i] = static_cast<char>(all.back()[i] ^ (1 << bit));
    }
  }
  return all;
}

std::vector<std::string> truncations(const std::string& token) {
  std::vector<std::string> all;
  for (std::size_t size = 0; size < token.size(); ++size) {
    all.push_back(token.substr(0, size));
    all.push_back(token.substr(token.size() - size));
  }
  return all;
}

}  // namespace

TEST_CASE("no single changed bit and no truncation of four valid tokens is accepted") {
  TokenServer server;
  const std::vector<std::string> tokens{server.ada, server.root,
                                        server.issue("ada", {"--scope", "read"}),
                                        server.issue("eve", {"--role", "editor", "--ttl", "1h"})};
  RawBearer client(server.serve.port());
  for (const auto& token : tokens) {
    REQUIRE(client.status_of(token) == 200);
    check_all_refused(client, bit_flips(token));
    check_all_refused(client, truncations(token));
    CHECK(client.status_of(token) == 200);
  }
}
