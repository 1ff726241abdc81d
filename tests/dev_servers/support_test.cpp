// What tests stand on: fresh databases, processes and folders.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

#include "base/error.hpp"
#include "dev_servers/pg_admin.hpp"
#include "support/available_memory.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"
#include "support/test_servers.hpp"

namespace feedctl::support {

using std::chrono::milliseconds;

TEST_CASE("fresh databases have the schema, are independent and are dropped") {
  std::string gone;
  {
    const FreshDatabase one;
    const FreshDatabase two;
    CHECK(one.execute("SELECT count(*) > 0 FROM schema_migrations") == "t");
    dev_servers::execute(one.owner_url().reveal(), "CREATE TABLE only_here (a int)");
    CHECK_THROWS_AS(two.execute("SELECT a FROM only_here"), Error);
    CHECK(dev_servers::execute(two.url().reveal(), "SELECT current_user") == "feedctl_app");
    gone = one.superuser_url();
  }
  CHECK_THROWS_AS(dev_servers::execute(gone, "SELECT 1"), Error);
}

TEST_CASE("an empty fresh database has no tables") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  CHECK(database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0");
}

TEST_CASE("a program gets its input and gives its outputs and exit code") {
  RunOptions options;
  options.input = std::string(300'000, 'x');
  options.environment = {"GREETING=hello"};
  const auto result = run({"sh", "-c", "wc -c; echo $GREETING >&2; exit 7"}, options);
  CHECK(result.out.find("300000") != std::string::npos);
  CHECK(result.err == "hello\n");
  CHECK(result.exit_code == 7);
}

TEST_CASE("a program that exceeds its time limit is killed") {
  RunOptions options;
  options.timeout = milliseconds{200};
  const auto result = run({"sleep", "60"}, options);
  CHECK(result.timed_out);
  CHECK(result.exit_code == 137);
}

TEST_CASE("a program that does not exist is an error") {
  CHECK_THROWS_AS(run({"/nowhere/no-such-program"}), Error);
}

TEST_CASE("a background program's lines can be waited for") {
  BackgroundProcess program({"sh", "-c", "echo first; echo listening on 1234; sleep 60"});
  const auto line = program.wait_for_line("listening", milliseconds{60'000});
  REQUIRE(line.has_value());
  CHECK(*line == "listening on 1234");
  CHECK(program.is_running());
  CHECK(program.stop() == 143);
  CHECK_FALSE(program.wait_for_line("never", milliseconds{60'000}).has_value());
}

// Run by the next test in a process of its own.
TEST_CASE("a program that has folders of tests until it is killed", "[.folders]") {
  const char* root = std::getenv("FEEDCTL_TEST_FOLDER");
  REQUIRE(root != nullptr);
  const TempFolder one("feedctl-test-", root);
  const TempFolder two("feedctl-stack-", root);
  std::cout << "has both folders" << std::endl;
  std::this_thread::sleep_for(std::chrono::seconds{120});
}

TEST_CASE("folders of killed programs are removed, and no other") {
  namespace fs = std::filesystem;
  const TempFolder root;
  const TempFolder own("feedctl-test-", root.path());
  fs::create_directory(root.path() / "feedctl-cluster-1");
  {
    TempFolder kept("feedctl-stack-", root.path());
    kept.keep_on_exit();
  }
  const auto count = [&] {
    return std::distance(fs::directory_iterator(root.path()), fs::directory_iterator{});
  };
  REQUIRE(count() == 3);
  RunOptions options;
  options.environment = {"FEEDCTL_TEST_FOLDER=" + root.path().string()};
  BackgroundProcess program({fs::read_symlink("/proc/self/exe").string(), "[.folders]"}, options);
  REQUIRE(program.wait_for_line("has both folders", milliseconds{60'000}).has_value());
  remove_abandoned_folders(root.path());
  CHECK(count() == 5);
  program.signal(SIGKILL);
  REQUIRE(program.wait(milliseconds{60'000}).has_value());
  CHECK(count() == 5);
  remove_abandoned_folders(root.path());
  CHECK(count() == 3);
  CHECK(fs::exists(own.path()));
}

TEST_CASE("the least limit of the control groups counts, without the page cache") {
  const TempFolder root;
  CHECK(cgroup_headroom(root.path(), "/a/b") == std::nullopt);
  std::filesystem::create_directories(root.path() / "a/b");
  const auto write = [&](const std::string& group, const std::string& max) {
    root.write(group + "/memory.max", max + "\n");
    root.write(group + "/memory.current", "600\n");
    root.write(group + "/memory.stat", "anon 100\ninactive_file 200\n");
  };
  write("a/b", "max");
  CHECK(cgroup_headroom(root.path(), "/a/b") == std::nullopt);
  write("a", "1000");
  CHECK(cgroup_headroom(root.path(), "/a/b") == 600U);
  write("a/b", "700");
  CHECK(cgroup_headroom(root.path(), "/a/b") == 300U);
  CHECK(cgroup_headroom(root.path(), "/") == std::nullopt);
  write("a/b", "300");
  CHECK(cgroup_headroom(root.path(), "/a/b") == 0U);
}

}  // namespace feedctl::support
