// A process that crashes leaves no core file, in which all its secrets would stand.
#include <csignal>
#include <filesystem>
#include <sstream>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;

namespace {

struct CoreLimit {
  std::string soft, hard;
};

CoreLimit core_limit(pid_t pid) {
  std::istringstream limits(support::read_file("/proc/" + std::to_string(pid) + "/limits"));
  CoreLimit limit;
  for (std::string line; std::getline(limits, line);) {
    const std::string name = "Max core file size";
    if (line.rfind(name, 0) == 0)
      std::istringstream(line.substr(name.size())) >> limit.soft >> limit.hard;
  }
  return limit;
}

// As much as the test itself may give.
constexpr const char* allow_cores = "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\"";

std::vector<std::string> with_cores_allowed(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"/bin/sh", "-c", allow_cores, support::feedctl_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // which allow no core themselves
TEST_CASE("serve and work allow no core file, and a crash leaves none") {
  const support::FreshDatabase database;
  const support::TempFolder folder;
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  run.folder = folder.path();
  const auto port = std::to_string(support::free_port());
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"serve", "--port", port, "--set", "auth.mode=open"}, {"work"}}) {
    INFO(arguments.front());
    support::BackgroundProcess process(with_cores_allowed(arguments), run);
    const auto* is_up = arguments.front() == "work" ? "working" : "listening";
    REQUIRE(process.wait_for_line(is_up, std::chrono::minutes{3}));
    const auto limit = core_limit(process.pid());
    // One byte: neither a file nor a pipe to a program that keeps cores. An operator may raise it.
    CHECK(limit.soft == (limit.hard == "0" ? "0" : "1"));
    process.signal(SIGSEGV);
    CHECK(process.wait(std::chrono::minutes{3}) == 128 + SIGSEGV);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

// Which the kernel still gives to a program that keeps cores, whatever the limit.
TEST_CASE("where no core is allowed at all, a core would have no memory") {
  const support::FreshDatabase database;
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  support::BackgroundProcess process(
      {"/bin/sh", "-c", "ulimit -c 0; exec \"$0\" work", support::feedctl_binary()}, run);
  REQUIRE(process.wait_for_line("working", std::chrono::minutes{3}));
  CHECK(core_limit(process.pid()).hard == "0");
  const auto filter =
      support::read_file("/proc/" + std::to_string(process.pid()) + "/coredump_filter");
  CHECK(std::stoul(filter, nullptr, 16) == 0);
}
#endif
