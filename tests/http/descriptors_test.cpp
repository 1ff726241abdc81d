// How the process's descriptors are shared, and how many bodies may be in files.
#include "http/descriptors.hpp"

#include <algorithm>
#include <thread>

#include "http/captured_log.hpp"
#include "http/toy_server.hpp"
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

TEST_CASE("clients and their bodies together leave descriptors for everybody else") {
  for (const std::size_t all : {16U, 64U, 256U, 1024U, 4096U, 20'000U, 1U << 20}) {
    CAPTURE(all);
    const auto limits = http::share_descriptors(all, {});
    CHECK(limits.connections > 0);
    CHECK(limits.body_files > 0);
    CHECK(limits.connections + limits.body_files + std::min<std::size_t>(512, all / 4) <= all);
  }
  const auto many = http::share_descriptors(1 << 20, {});
  CHECK(many.connections == http::Limits{}.connections);
  CHECK(many.body_files == http::Limits{}.body_files);
  // Else files would run out before what unfinished requests may hold does.
  CHECK(many.body_files >= many.held / many.body_in_memory);
}

TEST_CASE("where few files may be open the log says so, and what that means") {
  CapturedLog log;
  http::share_descriptors(1 << 20, {});
  CHECK(log.lines().empty());
  http::share_descriptors(1024, {});
  REQUIRE(log.lines().size() == 1);
  const auto line = log.lines().front();
  CHECK(line.find("\"warning\"") != std::string::npos);
  CHECK(line.find("\"connections\":512") != std::string::npos);
  CHECK(line.find("ulimit -n") != std::string::npos);
}

TEST_CASE(
    "a body that finds no place for its file is refused, and finds one when others are gone") {
  ToyServer toy([](http::ServerOptions& o) { o.limits.body_files = 2; });
  std::vector<RawClient> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(toy.client());
    slow.back().send(half_a_body());
  }
  const auto answered = [](RawClient& one) { return !one.silent(0ms); };
  const auto count = [&] { return std::count_if(slow.begin(), slow.end(), answered); };
  for (int i = 0; i < 1000 && count() < 3; ++i) std::this_thread::sleep_for(10ms);
  CHECK(count() == 3);
  const auto refused = std::find_if(slow.begin(), slow.end(), answered)->answer();
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->header("retry-after").size() == 1);
  CHECK(toy.client()
            .send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
            .answer()
            ->body == "hi");
  const auto waiting = std::find_if_not(slow.begin(), slow.end(), answered);
  const auto whole = waiting->send(std::string(10, 'x')).answer();
  REQUIRE(whole);
  CHECK(whole->header("x-spilled") == "yes");
  slow.clear();
  int spilled = 0;  // each place that was used is free again
  for (int i = 0; i < 1000 && spilled < 5; ++i) {
    const auto next = toy.client().send(half_a_body() + std::string(10, 'x')).answer();
    REQUIRE(next);
    spilled += next->status == 200 && next->header("x-spilled") == "yes";
    if (next->status == 503) std::this_thread::sleep_for(10ms);
  }
  CHECK(spilled == 5);
}
