#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "dev_servers/environment.hpp"

namespace {

// What is said to tests themselves, and FEEDCTL_FAILPOINT_HITS to the processes that they start.
constexpr std::array<std::string_view, 8> of_tests{
    "FEEDCTL_BINARY", "FEEDCTL_SOURCE",  "FEEDCTL_LONG",        "FEEDCTL_GOLDEN_UPDATE",
    "FEEDCTL_GRAPH",  "FEEDCTL_KEEP_DB", "FEEDCTL_TEST_FOLDER", "FEEDCTL_FAILPOINT_HITS"};

// Tests have servers of their own: neither a PGPORT nor a feedctl.yaml of whoever starts them
// counts.
void reduce_environment() {
  feedctl::dev_servers::sanitize_environment([](std::string_view name) {
    return std::find(of_tests.begin(), of_tests.end(), name) != of_tests.end();
  });
  ::setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

}  // namespace

// libpqxx 6.4 loses the server's answer where it refuses to prepare a statement (a missing table).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:register_prepared\n";
}

int main(int argc, char** argv) {
  reduce_environment();
  return Catch::Session().run(argc, argv);
}
