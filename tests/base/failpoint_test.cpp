#include "base/failpoint.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <type_traits>

#include "base/error.hpp"
#include "support/armed_failpoints.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using failpoint::DisabledPoint;
using failpoint::EnabledPoint;
using support::ArmedFailpoints;

namespace {

const EnabledPoint before{"test.before"};
const EnabledPoint after{"test.after"};

// A 1 for each of so many hits that throws, a 0 for each other one.
std::string failures(const EnabledPoint& point, int hits) {
  std::string pattern;
  for (int i = 0; i < hits; ++i) {
    try {
      point.hit();
      pattern += '0';
    } catch (const Error&) {
      pattern += '1';
    }
  }
  return pattern;
}

std::string pattern_of(const std::string& limits) {
  const ArmedFailpoints armed("test.before=error" + limits);
  return failures(before, 6);
}

// In a process of its own; how that ends, as by waitpid().
template <typename Work>
int run_in_child(Work work) {
  const auto child = ::fork();
  if (child == 0) {
    try {
      work();
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a hit does nothing and is not counted while no rule is set") {
  { const ArmedFailpoints armed("test.before=value:1"); }
  CHECK_NOTHROW(before.hit());
  CHECK(before.value_or(7) == 7);
  CHECK(failpoint::hit_count("test.before") == 0);
}

TEST_CASE("hits are counted from the moment at which rules are set") {
  ArmedFailpoints armed;
  before.hit();
  before.hit(5);
  CHECK(before.value_or(7) == 7);
  CHECK(armed.hits("test.before") == 3);
  CHECK(armed.hits("test.after") == 0);
  armed.replace("test.after=value:1");
  CHECK(armed.hits("test.before") == 0);
}

TEST_CASE("the action error throws what a broken connection would, at its point alone") {
  const ArmedFailpoints armed("test.before=error");
  CHECK_NOTHROW(after.hit());
  try {
    before.hit();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(std::string(error.what()).find("test.before") != std::string::npos);
  }
}

TEST_CASE("limits say at which hits a rule fires") {
  CHECK(pattern_of("") == "111111");
  CHECK(pattern_of("@3") == "001000");
  CHECK(pattern_of("*2") == "110000");
  CHECK(pattern_of("@3*2") == "001100");
  CHECK(pattern_of("*2@3") == "001100");
  CHECK(pattern_of("@7") == "000000");
}

TEST_CASE("several rules of one point count hits alike, and the first that fires wins") {
  const ArmedFailpoints armed("test.before=value:1@2;test.before=value:2@3;test.before=value:3@3");
  CHECK(before.value_or(0) == 0);
  CHECK(before.value_or(0) == 1);
  CHECK(before.value_or(0) == 2);
  CHECK(before.value_or(0) == 0);
}

TEST_CASE("a rule with a subject fires only at hits with that subject") {
  const ArmedFailpoints armed("test.before[-4711]=error@2");
  CHECK_NOTHROW(before.hit());
  CHECK_NOTHROW(before.hit(-4711));
  CHECK_NOTHROW(before.hit(4711));
  CHECK_THROWS_AS(before.hit(-4711), Error);
  CHECK(armed.hits("test.before") == 4);
}

TEST_CASE("a rule without a subject fires at hits with any") {
  const ArmedFailpoints armed("test.before=error");
  CHECK_THROWS_AS(before.hit(1), Error);
}

TEST_CASE("a delay lasts at least its time") {
  const ArmedFailpoints armed("test.before=delay:20");
  const auto begin = std::chrono::steady_clock::now();
  before.hit();
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds{20});
}

TEST_CASE("a stalled thread continues once the rules are removed or replaced") {
  std::atomic<bool> is_through{false};
  ArmedFailpoints armed("test.before=stall");
  std::thread stalled([&] {
    before.hit();
    is_through = true;
  });
  CHECK(armed.wait_for_hits("test.before"));
  CHECK_FALSE(is_through);
  armed.replace("");
  stalled.join();
  CHECK(is_through);
}

TEST_CASE("the action kill ends the process as kill -9 does") {
  const int status = run_in_child([] {
    failpoint::arm("test.before=kill@2");
    before.hit();
    before.hit();
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a bad rule is refused, and the rules that were set stay") {
  const ArmedFailpoints armed("test.before=error");
  for (const char* rules : {"test.before",
                            "test.before=",
                            "=error",
                            "test.before=oops",
                            "test.before=error:1",
                            "test.before=delay",
                            "test.before=delay:",
                            "test.before=delay:-1",
                            "test.before=delay:x",
                            "test.before=delay:99999999",
                            "test.before=value:1x",
                            "test.before=error@0",
                            "test.before=error@",
                            "test.before=error@1@2",
                            "test.before=error*-1",
                            "test.before[=error",
                            "test.before[]=error",
                            "test.before[x]=error",
                            ";",
                            "test.after=error;;test.after=error",
                            "test.after=error;bad"}) {
    INFO(rules);
    CHECK_THROWS_AS(failpoint::arm(rules), Error);
    CHECK_THROWS_AS(before.hit(), Error);
    CHECK_NOTHROW(after.hit());
  }
}

TEST_CASE("an unknown name is refused with a list of those that exist") {
  try {
    failpoint::arm("test.befor=error");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    CHECK(std::string(error.what()).find("test.befor") != std::string::npos);
    CHECK(error.hint().find("test.after, test.before") != std::string::npos);
  }
  CHECK_THROWS_AS(failpoint::hit_count("test.befor"), Error);
}

TEST_CASE("each point of a process appends its name to the file of hits once") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("feedctl-failpoint-hits-" + std::to_string(::getpid()));
  const auto hit_twice = [&](const EnabledPoint& point, const char* rules) {
    return run_in_child([&] {
      ::setenv("FEEDCTL_FAILPOINT_HITS", path.c_str(), 1);
      ::setenv("FEEDCTL_FAILPOINT", rules, 1);
      failpoint::configure_from_environment();
      point.hit();
      failpoint::disarm();  // ends rules only
      point.hit();
    });
  };
  CHECK(hit_twice(before, "") == 0);
  CHECK(hit_twice(before, "test.after=error") == 0);
  CHECK(WIFSIGNALED(hit_twice(after, "test.after=kill")));
  CHECK(text_of(path) == "test.before\ntest.before\ntest.after\n");
  std::filesystem::remove(path);
}

TEST_CASE("without failpoints a point is empty and a hit is nothing") {
  static_assert(std::is_empty_v<DisabledPoint>);
  static_assert([] {
    constexpr DisabledPoint point{"test.disabled"};
    point.hit();
    point.hit(1);
    return point.value_or(7);
  }() == 7);
  for (const auto& name : failpoint::names()) CHECK(name != "test.disabled");
#ifdef FEEDCTL_FAILPOINTS
  static_assert(std::is_same_v<failpoint::Point, EnabledPoint>);
#else
  static_assert(std::is_same_v<failpoint::Point, DisabledPoint>);
#endif
}
