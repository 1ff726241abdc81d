// The helper process and its confined children when they die, hang or take too much.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "images/image_builder.hpp"
#include "images/image_processor.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::images;
using namespace feedctl::test_images;
namespace fs = std::filesystem;

namespace {

Deadline in_time() {
  return Deadline::after(std::chrono::minutes{5});
}

std::string small_png() {
  return encode(quarters(32, 32), Format::png);
}

// What the helpers do that start while it lives (images.confined).
class Misbehavior {
 public:
  explicit Misbehavior(int how) {
    ::setenv("FEEDCTL_FAILPOINT", ("images.confined=value:" + std::to_string(how)).c_str(), 1);
  }
  Misbehavior(const Misbehavior&) = delete;
  Misbehavior& operator=(const Misbehavior&) = delete;
  ~Misbehavior() { ::unsetenv("FEEDCTL_FAILPOINT"); }
};

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code gone;
  const auto threads = "/proc/" + std::to_string(parent) + "/task";
  for (fs::directory_iterator thread(threads, gone), end; !gone && thread != end;
       thread.increment(gone)) {
    std::ifstream list(thread->path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

std::size_t open_fds(const std::string& process = "self") {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/" + process + "/fd"), fs::directory_iterator()));
}

ErrorCode refusal_of(ImageProcessor& processor, Deadline deadline) {
  const MemoryFile file(small_png());
  try {
    processor.sanitize(file.slice(), max_side, deadline);
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(std::string(error.what()).size() > 10);
    return error.code();
  }
  FAIL("the image is accepted");
  return ErrorCode::internal;
}

// Of the only helper.
pid_t helper_of_this_process() {
  const auto helpers = children_of(::getpid());
  REQUIRE(helpers.size() == 1);
  return helpers.front();
}

// The helper, which does nothing at first, has so many descriptors left while this lives.
class DescriptorLimit {
 public:
  DescriptorLimit(pid_t process, rlim_t left) : process_(process) {
    constexpr std::size_t at_rest = 5;  // the standard three, its socket, the signals of children
    REQUIRE(support::eventually([&] { return open_fds(std::to_string(process)) == at_rest; }));
    ::prlimit(process, RLIMIT_NOFILE, nullptr, &before_);
    set({at_rest + left, before_.rlim_max});
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { set(before_); }

 private:
  void set(const rlimit& limit) const { ::prlimit(process_, RLIMIT_NOFILE, &limit, nullptr); }

  pid_t process_;
  rlimit before_{};
};

void check_works(ImageProcessor& processor) {
  const MemoryFile file(small_png());
  CHECK(processor.sanitize(file.slice(), max_side, in_time()).width == 32);
}

}  // namespace

TEST_CASE("an image that crashes, loops, takes all memory or calls the system is unprocessable") {
  for (const int how : {1, 2, 3, 4}) {
    INFO(how);
    const Misbehavior misbehavior(how);
    ImageProcessor processor({1, support::feedctl_binary()});
    CHECK(refusal_of(processor, in_time()) == ErrorCode::unprocessable);
  }
}

TEST_CASE("an image that would be written without end is too large") {
  const Misbehavior misbehavior(5);
  ImageProcessor processor({1, support::feedctl_binary()});
  const MemoryFile file(small_png());
  CHECK_THROWS_WITH(processor.sanitize(file.slice(), max_side, in_time()),
                    "the image is too large; send a smaller one");
}

TEST_CASE("thumbnails of other widths than those that are asked for are not taken") {
  const Misbehavior misbehavior(6);
  ImageProcessor processor({1, support::feedctl_binary()});
  const MemoryFile file(small_png());
  const std::vector<std::uint32_t> widths{8, 16};
  CHECK_THROWS_WITH(processor.thumbnails(file.slice(), widths, in_time()),
                    "the image could not be decoded");
}

TEST_CASE("a helper without descriptors says so, and works once it has some") {
  ImageProcessor processor({1, support::feedctl_binary()});
  check_works(processor);
  const auto helper = helper_of_this_process();
  {
    const DescriptorLimit limit(helper, 4);  // three come with the image, two are needed then
    const MemoryFile file(small_png());
    try {
      processor.sanitize(file.slice(), max_side, in_time());
      FAIL_CHECK("the image is accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unavailable);
      CHECK(error.detail() == "Too many open files");
    }
  }
  check_works(processor);
  CHECK(helper_of_this_process() == helper);
}

TEST_CASE("where the descriptors of a confined process are too few, the image is not blamed") {
  ImageProcessor processor({1, support::feedctl_binary()});
  check_works(processor);
  const DescriptorLimit limit(helper_of_this_process(), 6);
  CHECK(refusal_of(processor, in_time()) == ErrorCode::unavailable);
}

TEST_CASE("a helper that gets only a part of a request is replaced") {
  ImageProcessor processor({1, support::feedctl_binary()});
  check_works(processor);
  const auto helper = helper_of_this_process();
  {
    const DescriptorLimit limit(helper, 2);  // three come with the image
    check_works(processor);
  }
  CHECK(helper_of_this_process() != helper);
}

TEST_CASE("the helper has of the environment what its start needs, and nothing secret") {
  ::setenv("FEEDCTL_DATABASE_URL", "postgres://u:SECRET@localhost/x", 1);
  ::setenv("LD_LIBRARY_PATH", "/nonexistent", 1);
  ImageProcessor processor({1, support::feedctl_binary()});
  check_works(processor);
  ::unsetenv("FEEDCTL_DATABASE_URL");
  ::unsetenv("LD_LIBRARY_PATH");
  const auto environment =
      support::read_file("/proc/" + std::to_string(helper_of_this_process()) + "/environ");
  CHECK(environment.find("LD_LIBRARY_PATH=/nonexistent") != std::string::npos);
  CHECK(environment.find("SECRET") == std::string::npos);
}

TEST_CASE("an image that is not done by the deadline is killed, and its turn is free again") {
  const Misbehavior misbehavior(2);
  ImageProcessor processor({1, support::feedctl_binary()});
  const auto soon = [] { return Deadline::after(std::chrono::milliseconds{300}); };
  CHECK(refusal_of(processor, soon()) == ErrorCode::unavailable);
  CHECK(refusal_of(processor, soon()) == ErrorCode::unavailable);
  for (const auto helper : children_of(::getpid()))
    CHECK(support::eventually([&] { return children_of(helper).empty(); }));
}

TEST_CASE("a helper that was killed is started again") {
  ImageProcessor processor({1, support::feedctl_binary()});
  check_works(processor);
  const auto helpers = children_of(::getpid());
  REQUIRE(helpers.size() == 1);
  for (int i = 0; i < 3; ++i) {
    for (const auto helper : children_of(::getpid())) ::kill(helper, SIGKILL);
    check_works(processor);
  }
  CHECK(children_of(::getpid()).size() == 1);
  CHECK(children_of(::getpid()) != helpers);
}

TEST_CASE("a call during which the helpers die is one clean error") {
  const Misbehavior misbehavior(2);
  ImageProcessor processor({1, support::feedctl_binary()});
  std::atomic<bool> done{false};
  std::thread killer([&] {
    while (!done) {
      for (const auto helper : children_of(::getpid())) {
        if (!children_of(helper).empty()) ::kill(helper, SIGKILL);
      }
      std::this_thread::yield();
    }
  });
  CHECK(refusal_of(processor, in_time()) == ErrorCode::unavailable);
  done = true;
  killer.join();
}

TEST_CASE("the helper ends with its owner, and not by the signals that stop a service") {
  std::vector<pid_t> helpers;
  {
    ImageProcessor processor({1, support::feedctl_binary()});
    check_works(processor);
    helpers = children_of(::getpid());
    REQUIRE(helpers.size() == 1);
    ::kill(helpers.front(), SIGTERM);
    ::kill(helpers.front(), SIGINT);
    check_works(processor);
    CHECK(children_of(::getpid()) == helpers);
  }
  CHECK(children_of(::getpid()).empty());
}

TEST_CASE("a program that is no helper is one clean error") {
  for (const auto* program : {"/bin/true", "/nonexistent"}) {
    ImageProcessor processor({1, program});
    CHECK(refusal_of(processor, in_time()) == ErrorCode::unavailable);
  }
}

TEST_CASE("200 images leave no descriptor and no process behind") {
  ImageProcessor processor({2, support::feedctl_binary()});
  const std::vector<std::uint32_t> widths{8, 16};
  const MemoryFile good(small_png());
  const MemoryFile bad(png({4, 4}, std::string(13, '\0')));
  check_works(processor);
  const auto before = open_fds();
  for (int i = 0; i < 100; ++i) {
    processor.thumbnails(good.slice(), widths, in_time());
    CHECK_THROWS_AS(processor.sanitize(bad.slice(), max_side, in_time()), Error);
  }
  CHECK(open_fds() == before);
  const auto helpers = children_of(::getpid());
  REQUIRE(helpers.size() == 1);
  CHECK(support::eventually([&] { return children_of(helpers.front()).empty(); }));
}

TEST_CASE("eight threads get their images at once, each its own") {
  ImageProcessor processor({2, support::feedctl_binary()});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (std::uint32_t i = 1; i <= 8; ++i) {
    threads.emplace_back([&, i] {
      const MemoryFile file(encode(quarters(16 * i, 8), Format::png));
      for (int round = 0; round < 10; ++round)
        right += processor.sanitize(file.slice(), max_side, in_time()).width == 16 * i ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 80);
}

TEST_CASE("a confined process that crashes gives no core to a core handler either") {
  rlimit own{};
  ::getrlimit(RLIMIT_CORE, &own);
  if (own.rlim_max == 0) return;
  const Misbehavior misbehavior(2);
  ImageProcessor processor({1, support::feedctl_binary()});
  std::thread call([&] {
    const MemoryFile file(small_png());
    CHECK_THROWS_AS(processor.sanitize(file.slice(), max_side, in_time()), Error);
  });
  const bool is_limited = support::eventually([] {
    for (const auto helper : children_of(::getpid())) {
      for (const auto child : children_of(helper)) {
        rlimit core{};
        if (::prlimit(child, RLIMIT_CORE, nullptr, &core) == 0 && core.rlim_max == 1) return true;
      }
    }
    return false;
  });
  CHECK(is_limited);
  call.join();
}

TEST_CASE("who waits for a turn until the deadline is told to come again") {
  const Misbehavior misbehavior(2);
  ImageProcessor processor({1, support::feedctl_binary()});
  std::thread first([&] {
    const MemoryFile file(small_png());
    CHECK_THROWS_AS(processor.sanitize(file.slice(), max_side, in_time()), Error);
  });
  const bool runs = support::eventually([] {
    for (const auto helper : children_of(::getpid())) {
      if (!children_of(helper).empty()) return true;
    }
    return false;
  });
  CHECK(runs);
  CHECK(refusal_of(processor, Deadline::after(std::chrono::milliseconds{1})) ==
        ErrorCode::unavailable);
  first.join();
}

TEST_CASE("the command refuses to run by hand") {
  const auto result = support::run_feedctl({"image-processor"});
  CHECK(result.exit_code == 64);
  CHECK(result.err.find("only `feedctl serve`") != std::string::npos);
  CHECK(result.out.empty());
}
