// The same bytes have the same answer however they are cut into reads.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "e2e/hostile_input/hostile_input_server.hpp"
#include "support/catch.hpp"
#include "support/hostile_requests.hpp"

using namespace feedctl;
using namespace feedctl::hostile;
using namespace std::chrono_literals;
using test::RawClient;

namespace {

constexpr std::size_t longest = 2048;  // beyond it a cut in the middle is like all others
constexpr std::size_t max_splits_per_request = 16;
constexpr std::size_t at_once = 24;  // connections: few enough that none has to wait
constexpr std::size_t max_responses = 2;

using Pieces = std::vector<std::string_view>;

RawClient make_client(HostileInputServer& world) {
  auto client = world.client();
  const int on = 1;
  ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return client;
}

// What a client sees of an answer, without what differs from one to the next.
std::string describe_response(const test::RawResponse& answer) {
  std::string seen = std::to_string(answer.status) + '\n';
  for (const auto& [name, value] : answer.headers) {
    const bool varies = name == "date" || name == "x-request-id" || name == "traceparent";
    if (name == "connection" || answer.status >= 400)
      seen += name + ": " + (varies ? "" : value) + '\n';
  }
  if (answer.status < 400) return seen;
  auto body = answer.body;
  const auto id = answer.header("x-request-id");
  if (const auto at = body.find(id); at != std::string::npos) body.erase(at, id.size());
  return seen + body + '\n';
}

// All answers that come, and whether the connection ended.
std::string read_all_responses(RawClient& client) {
  std::string all;
  for (std::size_t i = 0; i < max_responses; ++i) {
    const auto answer = read_final_response(client);
    if (!answer) return all + "nothing\n";
    all += describe_response(*answer);
    if (answer->header("connection") == "close") return all + (client.is_closed() ? "end" : "more");
  }
  return all + (client.is_silent(0ms) ? "open" : "more");
}

// What comes back for each, sent part by part with time between for the server to read.
std::vector<std::string> run_all(HostileInputServer& world, const std::vector<Pieces>& all,
                                 std::chrono::milliseconds apart) {
  std::vector<std::string> seen;
  for (std::size_t first = 0; first < all.size(); first += at_once) {
    const auto count = std::min(at_once, all.size() - first);
    std::vector<RawClient> clients;
    std::size_t steps = 0;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(make_client(world));
      steps = std::max(steps, all[first + i].size());
    }
    for (std::size_t step = 0; step < steps; ++step) {
      if (step > 0) std::this_thread::sleep_for(apart);
      for (std::size_t i = 0; i < count; ++i) {
        if (step < all[first + i].size()) clients[i].send(all[first + i][step]);
      }
    }
    for (auto& client : clients) seen.push_back(read_all_responses(client));
  }
  return seen;
}

std::vector<std::size_t> splits_of(const std::string& bytes, std::size_t most) {
  std::vector<std::size_t> cuts;
  const auto step = std::max<std::size_t>(1, bytes.size() / most);
  for (std::size_t at = 1; at < bytes.size(); at += step) cuts.push_back(at);
  const auto last = bytes.size() - 1;
  if (last > 0 && cuts.back() != last) cuts.push_back(last);
  return cuts;
}

void check_splits(HostileInputServer& world, const HostileRequest& row, std::size_t most) {
  INFO("row " << row.number << ": " << row.description);
  const auto bytes = row.bytes + valid_request();
  const std::string_view view = bytes;
  const auto whole = run_all(world, {{view}}, 0ms).at(0);
  REQUIRE(whole.substr(0, 3) == std::to_string(row.status));
  const auto cuts = splits_of(bytes, most);
  std::vector<Pieces> all;
  for (const auto cut : cuts) all.push_back({view.substr(0, cut), view.substr(cut)});
  const auto seen = run_all(world, all, 3ms);
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    INFO("cut at " << cuts[i]);
    CHECK(seen[i] == whole);
  }
}

}  // namespace

TEST_CASE("valid requests get the same response wherever they are split in two") {
  HostileInputServer world;
  for (const auto& row : valid_requests())
    check_splits(world, row, row.bytes.size() + valid_request().size());
}

TEST_CASE("hostile requests get the same response wherever they are split in two") {
  HostileInputServer world;
  for (const auto& row : hostile_requests()) {
    if (row.bytes.size() <= longest) check_splits(world, row, max_splits_per_request);
  }
}

TEST_CASE("requests get the same response when sent byte by byte") {
  HostileInputServer world;
  auto all = valid_requests();
  for (auto& row : hostile_requests()) {
    if (row.bytes.size() <= 300) all.push_back(row);
  }
  std::vector<Pieces> whole, bytes;
  for (auto& row : all) row.bytes += valid_request();
  for (const auto& row : all) {
    const std::string_view view = row.bytes;
    whole.push_back({view});
    bytes.emplace_back();
    for (std::size_t at = 0; at < view.size(); ++at) bytes.back().push_back(view.substr(at, 1));
  }
  const auto expected = run_all(world, whole, 0ms);
  const auto seen = run_all(world, bytes, 1ms);
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO("row " << all[i].number << ": " << all[i].description);
    CHECK(seen[i] == expected[i]);
  }
}
