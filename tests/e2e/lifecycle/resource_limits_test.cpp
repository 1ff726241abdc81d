// What a process does that its parent gives little: it says so, and how to give more; a server goes
// on with what it has.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

support::RunOptions options_for(const support::FreshDatabase& database,
                                const std::vector<std::string>& environment = {}) {
  support::RunOptions run;
  run.environment = environment;
  run.environment.push_back("FEEDCTL_DATABASE_URL=" + database.url().reveal());
  run.environment.push_back("FEEDCTL_CONFIG");
  return run;
}

// "ulimit -f 16", then feedctl with these arguments.
std::vector<std::string> with_limit(const std::string& limit,
                                    const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"/bin/sh", "-c", limit + "; exec \"$0\" \"$@\"",
                                support::feedctl_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

// A server under a limit.
class LimitedServer {
 public:
  LimitedServer(const support::FreshDatabase& database, const std::string& limit,
                const std::vector<std::string>& environment = {})
      : process_(with_limit(limit,
                            {"serve", "--port", std::to_string(port_), "--set", "auth.mode=open"}),
                 options_for(database, environment)) {}
  bool is_ready(std::chrono::milliseconds patience = 60s) {
    return support::eventually(patience,
                               [&] {
                                 return http().get("/health/ready").status == 200 ||
                                        !process_.is_running();
                               }) &&
           process_.is_running();
  }
  support::HttpClient http() const { return support::HttpClient(port_, "127.0.0.1", 10s); }
  support::BackgroundProcess& process() { return process_; }

 private:
  const int port_ = support::free_port();
  support::BackgroundProcess process_;
};

std::string large_post() {
  return R"({"text":"a")" + std::string(70'000, ' ') + "}";
}

}  // namespace

TEST_CASE("a body that may not be written to a file is 503 and the server goes on") {
  const support::FreshDatabase database;
  LimitedServer serve(database, "ulimit -f 16");
  REQUIRE(serve.is_ready());
  const auto answer = serve.http().post("/v1/posts", large_post());
  CHECK(answer.status == 503);
  CHECK(serve.process().wait_for_line("ulimit -f", 150s));
  CHECK(serve.http().post("/v1/posts", R"({"text":"small"})").status == 201);
  CHECK(serve.process().stop() == 0);
}

TEST_CASE("a missing folder for bodies is logged") {
  const support::FreshDatabase database;
  LimitedServer serve(database, ":", {"TMPDIR=/nowhere/at/all"});
  REQUIRE(serve.is_ready());
  CHECK(serve.http().post("/v1/posts", large_post()).status == 503);
  const auto line = serve.process().wait_for_line("a request body could not be taken", 150s);
  REQUIRE(line);
  CHECK(line->find("/nowhere/at/all: No such file or directory") != std::string::npos);
  CHECK(line->find("TMPDIR") != std::string::npos);
  CHECK(serve.process().stop() == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which take address space of
                                                                     // their own
namespace {

bool was_killed(int code) {
  return code >= 128 && code != 128 + SIGTERM;
}

}  // namespace

TEST_CASE("a failure to get memory or threads is reported by name, and nothing aborts") {
  const support::FreshDatabase database;
  int refused = 0, served = 0;
  for (const int megabytes : {60, 100, 150, 200, 250, 300, 350, 450, 600, 1200}) {
    INFO(megabytes << " MB");
    const auto limit = "ulimit -c 0; ulimit -v " + std::to_string(megabytes * 1000);
    LimitedServer serve(database, limit);
    if (serve.is_ready()) {
      ++served;
      CHECK(serve.process().stop(60s) == 0);
    } else if (serve.process().output().find("error while loading shared libraries") ==
               std::string::npos) {
      ++refused;
      INFO(serve.process().output());
      CHECK(serve.process().wait(1s) == 71);
      CHECK(serve.process().output().find("could not be obtained\nhint: raise the limit") !=
            std::string::npos);
    }
    const auto verify = support::run(with_limit(limit, {"verify"}), options_for(database));
    INFO(verify.err);
    CHECK_FALSE(was_killed(verify.exit_code));
    if (verify.exit_code != 0 && verify.exit_code != 3) CHECK(!verify.err.empty());
  }
  CHECK(refused > 0);
  CHECK(served > 0);
}

TEST_CASE("a worker with too little memory reports it") {
  const support::FreshDatabase database;
  for (const int megabytes : {100, 150, 200}) {
    INFO(megabytes << " MB");
    support::BackgroundProcess work(
        with_limit("ulimit -c 0; ulimit -v " + std::to_string(megabytes * 1000), {"work"}),
        options_for(database));
    REQUIRE(support::eventually(60s, [&] {
      return !work.is_running() || work.output().find("\"working\"") != std::string::npos;
    }));
    const auto code = work.is_running() ? work.stop(60s) : *work.wait(1s);
    INFO(work.output());
    CHECK((code == 0 || code == 71 || code == 127));
  }
}
#endif

TEST_CASE("a small stack limit is sufficient for a server, or is refused with a remedy") {
  const support::FreshDatabase database;
  {
    LimitedServer serve(database, "ulimit -Ss 128");
    REQUIRE(serve.is_ready());
    CHECK(serve.http().post("/v1/posts", R"({"text":"hello"})").status == 201);
    CHECK(serve.http().get("/v1/feed/hot").status == 200);
    CHECK(serve.process().stop() == 0);
  }
  const auto refused = support::run(with_limit("ulimit -c 0; ulimit -s 256", {"config", "example"}),
                                    options_for(database));
  CHECK(refused.exit_code == 71);
  CHECK(refused.err.find("ulimit -s") != std::string::npos);
}

TEST_CASE("few open files end no server, and what cannot be opened is named") {
  const support::FreshDatabase database;
  for (const int files : {8, 12, 16, 24, 48, 96}) {
    INFO(files);
    LimitedServer serve(database, "ulimit -c 0; ulimit -n " + std::to_string(files));
    if (serve.is_ready(10s)) {
      const auto status = serve.http().post("/v1/posts", large_post()).status;
      INFO(status);
      CHECK((status == 201 || status == 503 || status == 0));
      CHECK(serve.process().is_running());
      CHECK(serve.process().stop(60s) == 0);
    } else {  // without a descriptor for the port, or for the database
      const auto code =
          serve.process().is_running() ? serve.process().stop(60s) : *serve.process().wait(1s);
      INFO(serve.process().output());
      CHECK((code == 0 || code == 69 || code == 71));
      CHECK(serve.process().output().find("the limit of open files") != std::string::npos);
    }
  }
}

TEST_CASE("output beyond the file size limit is an error with its reason") {
  const support::TempFolder folder;
  support::RunOptions run;
  run.folder = folder.path();
  run.environment = {"FEEDCTL_CONFIG"};
  const auto result = support::run(
      {"/bin/sh", "-c", "ulimit -f 1; exec \"$0\" config example >out", support::feedctl_binary()},
      run);
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("File too large") != std::string::npos);
}

TEST_CASE("exceeding the CPU time limit requests a shutdown before the process is killed") {
  const support::FreshDatabase database;
  LimitedServer serve(database, "ulimit -t 100");
  REQUIRE(serve.is_ready());
  std::ifstream limits("/proc/" + std::to_string(serve.process().pid()) + "/limits");
  std::string line, name, soft, hard;
  while (std::getline(limits, line) && line.rfind("Max cpu time", 0) != 0) continue;
  std::istringstream(line.substr(12)) >> soft >> hard;
  CHECK(soft == "98");
  CHECK(hard == "100");
  CHECK(serve.process().stop() == 0);
}
