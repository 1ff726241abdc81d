// How the process's descriptors are shared, and how many bodies may be in files.
#include "http_server/fd_limits.hpp"

#include <algorithm>
#include <thread>

#include "http_server/toy_server.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t body_size = 70'000;

std::string half_a_body() {
  return "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body_size) +
         "\r\n\r\n" + std::string(body_size - 10, 'x');
}

}  // namespace

TEST_CASE("connections and spooled bodies together leave descriptors for everything else") {
  for (const std::size_t all : {16U, 64U, 256U, 1024U, 4096U, 20'000U, 1U << 20}) {
    CAPTURE(all);
    const auto limits = http::fit_to_fd_limit(all, {});
    CHECK(limits.max_connections > 0);
    CHECK(limits.max_body_files > 0);
    CHECK(limits.max_sent_files > 0);
    CHECK(limits.max_connections + limits.max_body_files + limits.max_sent_files +
              std::min<std::size_t>(512, all / 4) <=
          all);
  }
  const auto many = http::fit_to_fd_limit(1 << 20, {});
  CHECK(many.max_connections == http::Limits{}.max_connections);
  CHECK(many.max_body_files == http::Limits{}.max_body_files);
  CHECK(many.max_sent_files == http::Limits{}.max_sent_files);
  // Else spilled bodies would use up the descriptors before they reach the limit of buffered bytes.
  CHECK(many.max_body_files >= many.max_buffered_bytes / many.max_body_in_memory);
}

TEST_CASE("a low limit of open files is logged with its consequences") {
  CapturedLog log;
  http::fit_to_fd_limit(1 << 20, {});
  CHECK(log.lines().empty());
  http::fit_to_fd_limit(1024, {});
  REQUIRE(log.lines().size() == 1);
  const auto line = log.lines().front();
  CHECK(line.find("\"warning\"") != std::string::npos);
  CHECK(line.find("\"connections\":384") != std::string::npos);
  CHECK(line.find("ulimit -n") != std::string::npos);
}

TEST_CASE(
    "a body is refused when no descriptor is free for its file, and accepted when there is one "
    "again") {
  ToyServer toy([](http::ServerOptions& o) { o.limits.max_body_files = 2; });
  std::vector<RawClient> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(toy.client());
    slow.back().send(half_a_body());
  }
  const auto answered = [](RawClient& one) { return !one.is_silent(0ms); };
  const auto count = [&] { return std::count_if(slow.begin(), slow.end(), answered); };
  for (int i = 0; i < 6000 && count() < 3; ++i) std::this_thread::sleep_for(10ms);
  CHECK(count() == 3);
  const auto refused = std::find_if(slow.begin(), slow.end(), answered)->read_response();
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->header("retry-after").size() == 1);
  CHECK(toy.client()
            .send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
            .read_response()
            ->body == "hi");
  const auto waiting = std::find_if_not(slow.begin(), slow.end(), answered);
  const auto whole = waiting->send(std::string(10, 'x')).read_response();
  REQUIRE(whole);
  CHECK(whole->header("x-spilled") == "yes");
  slow.clear();
  int spilled = 0;  // each place that was used is free again
  for (int i = 0; i < 6000 && spilled < 5; ++i) {
    const auto next = toy.client().send(half_a_body() + std::string(10, 'x')).read_response();
    REQUIRE(next);
    spilled += next->status == 200 && next->header("x-spilled") == "yes";
    if (next->status == 503) std::this_thread::sleep_for(10ms);
  }
  CHECK(spilled == 5);
}
