#include "base/log_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/catch.hpp"

using namespace feedctl::log;
using namespace std::chrono_literals;

namespace {

std::string notice(std::string_view message) {
  return "notice: " + std::string(message) + '\n';
}

// The smallest pipe there is: one page.
struct SmallPipe {
  SmallPipe() {
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
  }
  ~SmallPipe() {
    if (ends[0] >= 0) ::close(ends[0]);
    ::close(ends[1]);
  }
  // Reads until nothing has arrived for a while.
  std::vector<std::string> lines() {
    std::string text;
    char buffer[65536];
    for (pollfd waiting{ends[0], POLLIN, 0}; ::poll(&waiting, 1, 300) > 0;) {
      const auto count = ::read(ends[0], buffer, sizeof buffer);
      if (count <= 0) break;
      text.append(buffer, static_cast<std::size_t>(count));
    }
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  int ends[2];
};

std::string numbered(int number, std::size_t size) {
  auto line = std::to_string(number) + ' ';
  line.resize(size - 1, 'x');
  return line + '\n';
}

std::size_t with(const std::vector<std::string>& lines, const std::string& text) {
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
    return line.find(text) != std::string::npos;
  }));
}

}  // namespace

TEST_CASE("in synchronous mode a line is written when the call returns") {
  SmallPipe pipe;
  Writer writer(pipe.ends[1], notice);
  writer.write(Level::info, "one\n");
  writer.write(Level::error, "two\nthree\n");
  CHECK(pipe.lines() == std::vector<std::string>{"one", "two", "three"});
  CHECK(writer.flush(0ms));
}

TEST_CASE("lines from many threads are written whole and in order") {
  SmallPipe pipe;
  Writer writer(pipe.ends[1], notice);
  writer.write_behind();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&writer, t] {
      for (int i = 0; i < 500; ++i)
        writer.write(Level::info, std::to_string(t) + ' ' + std::to_string(i) + " end\n");
    });
  }
  const auto lines = pipe.lines();
  for (auto& thread : threads) thread.join();
  REQUIRE(lines.size() == 2000);
  int next[4] = {};
  for (const auto& line : lines) {
    std::istringstream words(line);
    int thread = -1, number = -1;
    std::string end;
    words >> thread >> number >> end;
    REQUIRE((thread >= 0 && thread < 4));
    CHECK(number == next[thread]++);
    CHECK(end == "end");
  }
}

TEST_CASE(
    "when the log's reader stalls no writer blocks: lines are dropped, info first, and counted") {
  SmallPipe pipe;
  Writer writer(pipe.ends[1], notice);
  writer.write_behind();
  constexpr std::size_t size = 1000;
  constexpr int rounds = 2 * Writer::capacity / size;
  for (int i = 0; i < rounds; ++i) writer.write(Level::info, numbered(i, size));
  const auto lost = writer.dropped(Level::info);
  CHECK(lost > rounds / 2);
  CHECK(lost < rounds);
  writer.write(Level::warning, "there is room for a warning\n");
  for (int i = 0; i < rounds; ++i) writer.write(Level::error, numbered(i, size));
  CHECK(writer.dropped(Level::warning) == 0);
  CHECK(writer.dropped(Level::error) > 0);
  CHECK_FALSE(writer.flush(50ms));

  const auto lines = pipe.lines();
  CHECK(with(lines, "there is room for a warning") == 1);
  const auto all = lost + writer.dropped(Level::error);
  // One line, or two if the writer began late.
  std::uint64_t told = 0, notices = 0;
  for (const auto& line : lines) {
    if (line.rfind("notice: ", 0) != 0) continue;
    CHECK(line.find(" of the log w") != std::string::npos);
    told += std::stoull(line.substr(8));
    ++notices;
  }
  CHECK(told == all);
  CHECK(lines.size() - notices + all == 2 * rounds + 1);
  writer.write(Level::info, "after\n");
  CHECK(writer.flush(60s));
  CHECK(pipe.lines() == std::vector<std::string>{"after"});
}

TEST_CASE("flush waits for what was written before it") {
  SmallPipe pipe;
  Writer writer(pipe.ends[1], notice);
  writer.write_behind();
  for (int i = 0; i < 100; ++i) {
    writer.write(Level::info, numbered(i, 30));
    REQUIRE(writer.flush(60s));
    pollfd there{pipe.ends[0], POLLIN, 0};
    REQUIRE(::poll(&there, 1, 0) == 1);
    char line[64];
    REQUIRE(::read(pipe.ends[0], line, sizeof line) == 30);
  }
}

TEST_CASE("a closed reader loses the lines and nothing else") {
  std::signal(SIGPIPE, SIG_IGN);
  SmallPipe pipe;
  Writer writer(pipe.ends[1], notice);
  writer.write(Level::info, "seen\n");
  CHECK(pipe.lines().size() == 1);
  ::close(std::exchange(pipe.ends[0], -1));
  writer.write(Level::warning, "lost\n");
  CHECK(writer.dropped(Level::warning) == 1);
  writer.write_behind();
  for (int i = 0; i < 10; ++i) writer.write(Level::info, "lost\n");
  CHECK(writer.flush(60s));
  CHECK(writer.dropped(Level::info) == 10);
}

TEST_CASE("lines dropped by a full disk are reported once writing works again") {
  const auto path =
      std::filesystem::temp_directory_path() / ("feedctl-log-" + std::to_string(::getpid()));
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  const int fd = ::fcntl(full, F_DUPFD_CLOEXEC, 0);
  {
    Writer writer(fd, notice);
    writer.write_behind();
    writer.write(Level::warning, "lost\n");
    CHECK(writer.flush(60s));
    CHECK(writer.dropped(Level::warning) == 1);
    ::dup3(file, fd, O_CLOEXEC);
    writer.write(Level::info, "kept\n");
    CHECK(writer.flush(60s));
    CHECK(writer.dropped(Level::info) == 0);
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str() ==
        "kept\nnotice: 1 line of the log could not be written: No space left on device\n");
  std::filesystem::remove(path);
  for (const int open : {file, full, fd}) ::close(open);
}

TEST_CASE("a descriptor that another process made non-blocking loses no line") {
  SmallPipe pipe;
  ::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
  Writer writer(pipe.ends[1], notice);
  writer.write_behind();
  for (int i = 0; i < 100; ++i) writer.write(Level::info, numbered(i, 1000));
  const auto lines = pipe.lines();
  REQUIRE(lines.size() == 100);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(lines[i] + '\n' == numbered(static_cast<int>(i), 1000));
  CHECK(writer.flush(60s));
}
