#include "localstack/stack.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "localstack/environment.hpp"
#include "localstack/folder.hpp"
#include "localstack/pg_admin.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/stack.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::localstack {
namespace {

using std::chrono::milliseconds;
namespace fs = std::filesystem;

template <typename Condition>
bool eventually(Condition condition, milliseconds within = milliseconds{20'000}) {
  const auto deadline = Deadline::after(within);
  while (!condition()) {
    if (deadline.over()) return false;
    std::this_thread::sleep_for(milliseconds{20});
  }
  return true;
}

uid_t owner_of_process(pid_t pid) {
  struct stat info {};
  REQUIRE(::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0);
  return info.st_uid;
}

StackOptions options_for(const fs::path& folder, bool durable = false) {
  StackOptions options;
  options.folder = folder;
  options.durable = durable;
  return options;
}

// The servers of a process that was killed with all it started.
void kill_all(Stack& stack) {
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

TEST_CASE("of the environment only what names no server is kept") {
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_PRELOAD", "TERM"})
    CHECK(is_neutral_variable(name));
  for (const char* name :
       {"PGPORT", "PGHOSTADDR", "PGSERVICEFILE", "PGPASSFILE", "FEEDCTL_AUTH_MODE", "DATABASE_URL",
        "CREDENTIALS_DIRECTORY", "RABBITMQ_URL", "CORS_ALLOWED_ORIGINS", "LISTEN_FDS",
        "NOTIFY_SOCKET", "REDIS_HOST", "DB_HOST", "PGSYSCONFDIR", "SOMETHING_NEW"})
    CHECK_FALSE(is_neutral_variable(name));
}

// Run by the next test in a process of its own.
TEST_CASE("a program of tests with the caller's variables", "[.caller]") {
  CHECK(std::getenv("PGPORT") == nullptr);
  CHECK(std::getenv("FEEDCTL_AUTH_MODE") == nullptr);
  const support::TempFolder folder;
  Stack stack(options_for(folder.path()));
  stack.start();
  CHECK(execute(stack.postgres().url(), "SELECT current_database()") == "feedctl");
}

TEST_CASE("what the caller's environment says of other servers does not reach those of tests") {
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
  CHECK(done.exit.code == 0);
}

TEST_CASE("a stack's address names its port, so that no PGPORT decides") {
  auto& stack = support::stack();
  ::setenv("PGPORT", "1", 1);
  const auto answer = execute(stack.postgres().url(), "SELECT current_user");
  ::unsetenv("PGPORT");
  CHECK(answer == "feedctl_app");
}

TEST_CASE("PostgreSQL and Redis answer on private sockets") {
  auto& stack = support::stack();
  CHECK(execute(stack.postgres().url(), "SELECT current_user") == "feedctl_app");
  CHECK(execute(stack.postgres().owner_url(), "SHOW listen_addresses").empty());
  CHECK(execute(stack.postgres().url(), "SHOW server_encoding") == "UTF8");
  CHECK(execute(stack.postgres().url(), "SELECT lower('ÄÖ')") == "äö");
  struct stat info {};
  REQUIRE(::stat(stack.redis().socket().parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  CHECK(support::redis_url(3).find("unix:///") == 0);
}

TEST_CASE("the owner may change the schema and the server's role may not") {
  const auto& postgres = support::stack().postgres();
  CHECK_NOTHROW(execute(postgres.owner_url(), "CREATE TABLE made_by_owner (a int)"));
  CHECK_THROWS_AS(execute(postgres.url(), "CREATE TABLE made_by_app (a int)"), Error);
  execute(postgres.owner_url(), "DROP TABLE made_by_owner");
}

TEST_CASE("servers started by root run as somebody else") {
  auto& stack = support::stack();
  for (const auto& one : stack.supervisor().status()) {
    INFO(one.name);
    const auto account = server_account();
    CHECK(owner_of_process(one.pid) == (account ? account->uid : ::geteuid()));
    CHECK(owner_of_process(one.pid) != 0);
  }
}

TEST_CASE("a killed server is started again") {
  auto& stack = support::stack();
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

TEST_CASE("data outlive the killing of every process, and a pid file that names a stranger") {
  const support::TempFolder folder;
  {
    Stack stack(options_for(folder.path(), true));
    stack.start();
    execute(stack.postgres().owner_url(), "CREATE TABLE kept (a int)");
    execute(stack.postgres().owner_url(), "INSERT INTO kept VALUES (42)");
    kill_all(stack);
  }
  // As after a restart of the machine, another process of the same account has the old pid.
  Command stranger;
  stranger.argv = {"sleep", "600"};
  stranger.account = server_account();
  Child other(stranger);
  const auto pid_file = folder.path() / "postgres" / "postmaster.pid";
  std::ofstream(pid_file) << other.pid() << '\n' << (folder.path() / "postgres").string() << '\n';
  Stack stack(options_for(folder.path(), true));
  stack.start();
  CHECK(execute(stack.postgres().url(), "SELECT current_database()") == "feedctl");
  CHECK(execute(stack.postgres().owner_url(), "SELECT a FROM kept") == "42");
  CHECK(other.running());
}

// Run by the next test in a process of its own.
TEST_CASE("a parent that waits to be killed", "[.parent]") {
  const char* folder = std::getenv("FEEDCTL_TEST_FOLDER");
  REQUIRE(folder != nullptr);
  Stack stack(options_for(folder));
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
  Child parent(command);
  REQUIRE(eventually([&] { return fs::exists(folder.path() / "pids"); }, milliseconds{60'000}));
  std::vector<pid_t> pids;
  std::ifstream file(folder.path() / "pids");
  for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  REQUIRE(pids.size() == 2);
  for (const pid_t pid : pids) CHECK(::kill(pid, 0) == 0);
  parent.stop(SIGKILL, milliseconds{0});
  for (const pid_t pid : pids) CHECK(eventually([&] { return localstack::ended(pid); }));
}

TEST_CASE("a long path gets its sockets in a short folder") {
  const support::TempFolder folder;
  const auto deep = folder.path() / std::string(60, 'd') / std::string(60, 'e') / "with space";
  fs::path sockets;
  {
    Stack stack(options_for(deep));
    stack.start();
    sockets = stack.redis().socket().parent_path();
    CHECK(sockets.native().size() < 80);
    CHECK(execute(stack.postgres().url(), "SELECT 1") == "1");
  }
  fs::remove_all(sockets);
}

TEST_CASE("a folder that was never a stack's is not emptied") {
  const support::TempFolder folder;
  for (const char* part : {"log", "run", "redis"}) fs::create_directory(folder.path() / part);
  const auto refused = [&] {
    Stack stack(options_for(folder.path()));
    try {
      stack.empty_folder();
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
  folder.write("feedctl.yaml", std::string(config_first_line) + "\nserver: {}\n");
  CHECK_FALSE(refused());
  CHECK_FALSE(fs::exists(precious));
}

TEST_CASE("files where the database would go stay there") {
  const support::TempFolder folder;
  fs::create_directory(folder.path() / "postgres");
  const auto precious = folder.path() / "postgres" / "precious";
  std::ofstream(precious) << "kept";
  Stack stack(options_for(folder.path()));
  CHECK_THROWS_AS(stack.start(), Error);
  CHECK(support::read_file(precious) == "kept");
}

TEST_CASE("a folder that a stack has worked in is emptied, and nothing else in it") {
  const support::TempFolder folder;
  fs::create_directory(folder.path() / "postgres");
  std::ofstream(folder.path() / "postgres" / "PG_VERSION") << "15\n";
  const auto beside = folder.write("notes", "kept");
  Stack(options_for(folder.path())).empty_folder();
  CHECK_FALSE(fs::exists(folder.path() / "postgres"));
  CHECK(fs::is_empty(folder.path() / "log"));
  CHECK(support::read_file(beside) == "kept");
}

TEST_CASE("the servers' account may enter the folders made under a strict umask") {
  const support::TempFolder folder;
  const auto there = folder.path() / "there";
  fs::create_directory(there);
  fs::permissions(there, fs::perms(0711));
  const auto before = ::umask(077);
  Stack stack(options_for(there / "new" / "state"));
  ::umask(before);
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  const auto expected = server_account() ? fs::perms(0755) : fs::perms(0700);
  CHECK(mode(there / "new") == expected);
  CHECK(mode(there / "new" / "state") == expected);
  CHECK(mode(there) == fs::perms(0711));
  CHECK_NOTHROW(stack.start());
}

TEST_CASE("a second stack in the same folder is refused") {
  const auto folder = support::stack().folder();
  try {
    Stack second(options_for(folder));
    FAIL("it started");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::lock_held);
  }
}

TEST_CASE("stopping ends every server in time") {
  const support::TempFolder folder;
  std::vector<pid_t> pids;
  const auto begin = std::chrono::steady_clock::now();
  {
    Stack stack(options_for(folder.path(), true));
    stack.start();
    for (const auto& one : stack.supervisor().status()) pids.push_back(one.pid);
    REQUIRE(pids.size() == 2);
  }
  for (const pid_t pid : pids) CHECK(localstack::ended(pid));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{60});
  CHECK_FALSE(fs::exists(folder.path() / "postgres" / "postmaster.pid"));
}

}  // namespace feedctl::localstack
