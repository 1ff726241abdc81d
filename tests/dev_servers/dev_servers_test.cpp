#include "dev_servers/dev_servers.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "dev_servers/data_dir.hpp"
#include "dev_servers/environment.hpp"
#include "dev_servers/pg_admin.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"
#include "support/test_servers.hpp"

namespace feedctl::dev_servers {
namespace {

using std::chrono::milliseconds;
using support::eventually;
namespace fs = std::filesystem;

uid_t owner_of_process(pid_t pid) {
  struct stat info {};
  REQUIRE(::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0);
  return info.st_uid;
}

DevServersOptions options_for(const fs::path& folder, bool durable = false) {
  DevServersOptions options;
  options.data_dir = folder;
  options.is_durable = durable;
  return options;
}

// The servers of a process that was killed with all it started.
void kill_all(DevServers& stack) {
  for (const auto& one : stack.supervisor().status()) ::kill(one.pid, SIGKILL);
}

}  // namespace

TEST_CASE(
    "programs are found in PATH, else where the system has them, and never by a relative path") {
  const support::TempFolder folder;
  const auto own = folder.write("redis-server", "#!/bin/sh\n");
  fs::permissions(own, fs::perms::owner_all);
  const std::string before = std::getenv("PATH");
  const auto found_with = [&](const char* path) {
    if (path == nullptr)
      ::unsetenv("PATH");
    else
      ::setenv("PATH", path, 1);
    const auto found = find_program("redis-server");
    ::setenv("PATH", before.c_str(), 1);
    return found;
  };
  CHECK(found_with(folder.path().c_str()) == own);
  for (const char* path :
       {static_cast<const char*>(nullptr), "", "/nonexistent", ":", ".", "bin"}) {
    INFO((path == nullptr ? "unset" : path));
    const auto found = found_with(path);
    CHECK(found.is_absolute());
    CHECK(found != own);
  }
  // A folder of that name is no program.
  const support::TempFolder other;
  fs::create_directory(other.path() / "redis-server");
  CHECK(found_with(other.path().c_str()).parent_path() != other.path());
}

TEST_CASE("of the environment only variables that name no server are passed on") {
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_PRELOAD", "TERM"})
    CHECK(is_allowed_variable(name));
  for (const char* name :
       {"PGPORT", "PGHOSTADDR", "PGSERVICEFILE", "PGPASSFILE", "FEEDCTL_AUTH_MODE", "DATABASE_URL",
        "CREDENTIALS_DIRECTORY", "RABBITMQ_URL", "CORS_ALLOWED_ORIGINS", "LISTEN_FDS",
        "NOTIFY_SOCKET", "REDIS_HOST", "DB_HOST", "PGSYSCONFDIR", "SOMETHING_NEW"})
    CHECK_FALSE(is_allowed_variable(name));
}

// Run by the next test in a process of its own.
TEST_CASE("a program of tests with the caller's variables", "[.caller]") {
  CHECK(std::getenv("PGPORT") == nullptr);
  CHECK(std::getenv("FEEDCTL_AUTH_MODE") == nullptr);
  const support::TempFolder folder;
  DevServers stack(options_for(folder.path()));
  stack.start();
  CHECK(execute(stack.postgres().url(), "SELECT current_database()") == "feedctl");
}

TEST_CASE("servers named by the caller's environment do not reach the test servers") {
  Command command;
  command.program = "/proc/self/exe";
  command.argv = {fs::read_symlink("/proc/self/exe"), "[.caller]"};
  command.environment = {"PGPORT=1",
                         "PGHOSTADDR=192.0.2.1",
                         "PGOPTIONS=-c nonsense=1",
                         "PGTARGETSESSIONATTRS=read-only",
                         "PGSERVICE=nowhere",
                         "FEEDCTL_AUTH_MODE=required"};
  const auto done = run(command, milliseconds{120'000});
  INFO(done.output);
  CHECK(done.status.code == 0);
}

TEST_CASE("a stack's URL names its port, so that PGPORT has no effect") {
  auto& stack = support::test_servers();
  ::setenv("PGPORT", "1", 1);
  const auto answer = execute(stack.postgres().url(), "SELECT current_user");
  ::unsetenv("PGPORT");
  CHECK(answer == "feedctl_app");
}

TEST_CASE("PostgreSQL and Redis answer on private sockets") {
  auto& stack = support::test_servers();
  CHECK(execute(stack.postgres().url(), "SELECT current_user") == "feedctl_app");
  CHECK(execute(stack.postgres().owner_url(), "SHOW listen_addresses").empty());
  CHECK(execute(stack.postgres().url(), "SHOW server_encoding") == "UTF8");
  CHECK(execute(stack.postgres().url(), "SELECT lower('ÄÖ')") == "äö");
  struct stat info {};
  REQUIRE(::stat(stack.redis().socket_path().parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  CHECK(support::redis_url(3).find("unix:///") == 0);
}

TEST_CASE("the owner may change the schema and the server's role may not") {
  const auto& postgres = support::test_servers().postgres();
  CHECK_NOTHROW(execute(postgres.owner_url(), "CREATE TABLE made_by_owner (a int)"));
  CHECK_THROWS_AS(execute(postgres.url(), "CREATE TABLE made_by_app (a int)"), Error);
  execute(postgres.owner_url(), "DROP TABLE made_by_owner");
}

TEST_CASE("servers started by root run under another account") {
  auto& stack = support::test_servers();
  for (const auto& one : stack.supervisor().status()) {
    INFO(one.name);
    const auto account = server_account();
    CHECK(owner_of_process(one.pid) == (account ? account->uid : ::geteuid()));
    CHECK(owner_of_process(one.pid) != 0);
  }
}

TEST_CASE("a killed server is started again") {
  auto& stack = support::test_servers();
  auto& supervisor = stack.supervisor();
  for (const std::string name : {"postgres", "redis-server"}) {
    const pid_t before = supervisor.pid(name);
    REQUIRE(::kill(before, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      const pid_t pid = supervisor.pid(name);
      return pid != 0 && pid != before;
    }));
  }
  CHECK(eventually([&] { return accepts_connections(stack.postgres().url()); }));
  CHECK(execute(stack.postgres().url(), "SELECT 1") == "1");
}

TEST_CASE("data survive the killing of every process, and a pid file that names another process") {
  const support::TempFolder folder;
  {
    DevServers stack(options_for(folder.path(), true));
    stack.start();
    execute(stack.postgres().owner_url(), "CREATE TABLE kept (a int)");
    execute(stack.postgres().owner_url(), "INSERT INTO kept VALUES (42)");
    kill_all(stack);
  }
  // As after a restart of the machine, another process of the same account has the old pid.
  Command stranger;
  stranger.argv = {"sleep", "600"};
  stranger.account = server_account();
  ChildProcess other(stranger);
  const auto pid_file = folder.path() / "postgres" / "postmaster.pid";
  std::ofstream(pid_file) << other.pid() << '\n' << (folder.path() / "postgres").string() << '\n';
  DevServers stack(options_for(folder.path(), true));
  stack.start();
  CHECK(execute(stack.postgres().url(), "SELECT current_database()") == "feedctl");
  CHECK(execute(stack.postgres().owner_url(), "SELECT a FROM kept") == "42");
  CHECK(other.is_running());
}

// Run by the next test in a process of its own.
TEST_CASE("a parent that waits to be killed", "[.parent]") {
  const char* folder = std::getenv("FEEDCTL_TEST_FOLDER");
  REQUIRE(folder != nullptr);
  DevServers stack(options_for(folder));
  stack.start();
  std::ofstream pids(fs::path(folder) / "pids.new");
  for (const auto& one : stack.supervisor().status()) pids << one.pid << '\n';
  pids.close();
  fs::rename(fs::path(folder) / "pids.new", fs::path(folder) / "pids");
  std::this_thread::sleep_for(std::chrono::seconds{120});
}

TEST_CASE("servers end when the process that started them is killed") {
  const support::TempFolder folder;
  Command command;
  command.program = "/proc/self/exe";
  command.argv = {fs::read_symlink("/proc/self/exe"), "[.parent]"};
  command.environment = {"FEEDCTL_TEST_FOLDER=" + folder.path().string()};
  ChildProcess parent(command);
  REQUIRE(eventually(milliseconds{60'000}, [&] { return fs::exists(folder.path() / "pids"); }));
  std::vector<pid_t> pids;
  std::ifstream file(folder.path() / "pids");
  for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  REQUIRE(pids.size() == 2);
  for (const pid_t pid : pids) CHECK(::kill(pid, 0) == 0);
  parent.stop(SIGKILL, milliseconds{0});
  for (const pid_t pid : pids) CHECK(eventually([&] { return dev_servers::has_ended(pid); }));
}

TEST_CASE("a stack in a long path puts its sockets into a short folder") {
  const support::TempFolder folder;
  const auto deep = folder.path() / std::string(60, 'd') / std::string(60, 'e') / "with space";
  fs::path sockets;
  {
    DevServers stack(options_for(deep));
    stack.start();
    sockets = stack.redis().socket_path().parent_path();
    CHECK(sockets.native().size() < 80);
    CHECK(execute(stack.postgres().url(), "SELECT 1") == "1");
  }
  fs::remove_all(sockets);
}

TEST_CASE("a folder that does not belong to a stack is not emptied") {
  const support::TempFolder folder;
  for (const char* part : {"log", "run", "redis"}) fs::create_directory(folder.path() / part);
  const auto refused = [&] {
    DevServers stack(options_for(folder.path()));
    try {
      stack.clear_data_dir();
    } catch (const Error& error) {
      return error.code() == ErrorCode::usage && !error.hint().empty();
    }
    return false;
  };
  CHECK_FALSE(refused());
  const auto precious = folder.path() / "log" / "precious";
  std::ofstream(precious) << "kept";
  CHECK(refused());
  CHECK(refused());  // the lock file that the first one left proves nothing
  folder.write("feedctl.yaml", "server: {}\n");
  CHECK(refused());
  CHECK(support::read_file(precious) == "kept");
  folder.write("feedctl.yaml", std::string(config_marker_line) + "\nserver: {}\n");
  CHECK_FALSE(refused());
  CHECK_FALSE(fs::exists(precious));
}

TEST_CASE("existing files in place of the database are kept") {
  const support::TempFolder folder;
  fs::create_directory(folder.path() / "postgres");
  const auto precious = folder.path() / "postgres" / "precious";
  std::ofstream(precious) << "kept";
  DevServers stack(options_for(folder.path()));
  CHECK_THROWS_AS(stack.start(), Error);
  CHECK(support::read_file(precious) == "kept");
}

TEST_CASE("a stack's folder is emptied, but files that are not the stack's are kept") {
  const support::TempFolder folder;
  fs::create_directory(folder.path() / "postgres");
  std::ofstream(folder.path() / "postgres" / "PG_VERSION") << "15\n";
  const auto beside = folder.write("notes", "kept");
  DevServers(options_for(folder.path())).clear_data_dir();
  CHECK_FALSE(fs::exists(folder.path() / "postgres"));
  CHECK(fs::is_empty(folder.path() / "log"));
  CHECK(support::read_file(beside) == "kept");
}

TEST_CASE("the servers' account can access folders created under a strict umask") {
  const support::TempFolder folder;
  const auto there = folder.path() / "there";
  fs::create_directory(there);
  fs::permissions(there, fs::perms(0711));
  const auto before = ::umask(077);
  DevServers stack(options_for(there / "new" / "state"));
  ::umask(before);
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  const auto expected = server_account() ? fs::perms(0755) : fs::perms(0700);
  CHECK(mode(there / "new") == expected);
  CHECK(mode(there / "new" / "state") == expected);
  CHECK(mode(there) == fs::perms(0711));
  CHECK_NOTHROW(stack.start());
}

TEST_CASE("a second stack in the same folder is refused") {
  const auto folder = support::test_servers().data_dir();
  try {
    DevServers second(options_for(folder));
    FAIL("it started");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::lock_held);
  }
}

TEST_CASE("stopping ends every server within the time limit") {
  const support::TempFolder folder;
  std::vector<pid_t> pids;
  const auto begin = std::chrono::steady_clock::now();
  {
    DevServers stack(options_for(folder.path(), true));
    stack.start();
    for (const auto& one : stack.supervisor().status()) pids.push_back(one.pid);
    REQUIRE(pids.size() == 2);
  }
  for (const pid_t pid : pids) CHECK(dev_servers::has_ended(pid));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{60});
  CHECK_FALSE(fs::exists(folder.path() / "postgres" / "postmaster.pid"));
}

}  // namespace feedctl::dev_servers
