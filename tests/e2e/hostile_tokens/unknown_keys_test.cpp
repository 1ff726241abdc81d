// Row 63 of the table of bad inputs: strangers name keys that nobody has.
#include <sstream>

#include "e2e/hostile_tokens/token_server.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// How often this server has read its keys, by its own count of statements.
int key_reads(const HttpClient& http) {
  std::istringstream lines(http.get("/metrics").body);
  int reads = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_count = line.rfind("feedctl_db_query_duration_seconds_count{", 0) == 0;
    if (is_count && line.find("query=\"auth/signing_keys\"") != std::string::npos)
      reads += std::stoi(line.substr(line.rfind(' ') + 1));
  }
  return reads;
}

}  // namespace

TEST_CASE("row 63: a thousand tokens of unknown keys cost one read of the keys a minute") {
  TokenServer server;
  const auto forger = server.make_forger();
  const TokenParts parts(server.ada);
  REQUIRE(server.http.get("/v1/feed", bearer(server.ada)).status == 200);
  const auto before = key_reads(server.http);
  REQUIRE(before >= 1);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    auto header = parts.header;
    header.set("kid", quoted("unknown-" + std::to_string(i)));
    const auto token = forger.sign(header.text(), parts.claims.text());
    REQUIRE(server.http.get("/v1/feed", bearer(token)).status == 401);
  }
  const auto minutes =
      std::chrono::ceil<std::chrono::minutes>(std::chrono::steady_clock::now() - start);
  // One more: the server may notice just now that it has not read its keys yet.
  CHECK(key_reads(server.http) - before <= minutes.count() + 1);
  CHECK(server.http.get("/v1/feed", bearer(server.ada)).status == 200);
}
