// Uploads share a loop with other requests: a round of the loop takes a bounded number of their
// bytes.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

constexpr int uploads = 120;
constexpr std::size_t first_bytes = 80 * 1024;  // more than a body in memory may have
constexpr std::size_t more_bytes = 40 * 1024;   // fits the buffers of a socket that nobody reads

std::string directory_of_bodies() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named == '/' ? named : "/tmp";
}

// The bytes of all bodies that are in files of this process.
std::size_t bytes_in_files() {
  std::size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code failure;
    const auto target = std::filesystem::read_symlink(entry.path(), failure).string();
    if (!target.starts_with(directory_of_bodies()) || !target.ends_with("(deleted)")) continue;
    struct stat file {};
    if (::stat(entry.path().c_str(), &file) == 0) bytes += static_cast<std::size_t>(file.st_size);
  }
  return bytes;
}

std::string upload_head() {
  return "POST /large-body HTTP/1.1\r\nHost: t\r\nContent-Type: image/png\r\nContent-Length: " +
         std::to_string(max_large_body) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a crowd of uploads does not delay the other requests of its loop by all its bytes") {
  ToyServer server([](http::ServerOptions& options) {
    options.loop_threads = 1;
    options.limits.max_buffered_bytes = std::size_t{1} << 30;
  });
  const auto before = bytes_in_files();
  auto probe = server.client(), holding = server.client();
  REQUIRE(probe.get("/hello")->status == 200);
  std::vector<RawClient> crowd;
  for (int i = 0; i < uploads; ++i) {
    crowd.push_back(server.client());
    crowd.back().send(upload_head() + std::string(first_bytes, 'x'));
  }
  REQUIRE(support::eventually([&] { return bytes_in_files() - before == uploads * first_bytes; }));

  holding.send(get_request("/in-turn/wait"));
  server.gate.wait_for_arrivals(1);  // the loop itself waits at the gate
  for (auto& client : crowd) client.send(std::string(more_bytes, 'x'));
  probe.send(get_request("/in-turn/probe") + get_request("/in-turn/hold"));
  server.gate.open();
  server.hold_gate.wait_for_arrivals(1);  // the loop has answered the probe and waits again
  const auto taken = bytes_in_files() - before - uploads * first_bytes;
  server.hold_gate.open();
  CHECK(taken < uploads * more_bytes / 4);
  CHECK(probe.read_response()->status == 200);
  // Nothing of the uploads is lost or starves.
  CHECK(support::eventually(
      [&] { return bytes_in_files() - before == uploads * (first_bytes + more_bytes); }));
}
