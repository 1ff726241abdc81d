// Reads the whole event log as those do who follow it in memory, with no effect, and says how fast:
// read_log URL
#include <chrono>
#include <cstdio>

#include "base/error.hpp"
#include "events/log_tail.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: read_log URL\n", stderr);
    return 2;
  }
  try {
    using namespace feedctl;
    store::Options options;
    options.url = Secret<std::string>(argv[1]);
    events::LogTail tail(options, events::PgSnapshot::parse("1:1:"));
    const auto start = std::chrono::steady_clock::now();
    std::size_t events = 0;
    do {
      events += tail.poll().size();
    } while (tail.has_more());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%zu %.6f\n", events, took.count());
  } catch (const feedctl::Error& error) {
    std::fprintf(stderr, "%s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
  return 0;
}
