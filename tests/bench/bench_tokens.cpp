// What the check of a cached access token costs, as an event loop does it. Prints microseconds.
//   bench_tokens URL USER   tokens of that user, by the keys of that database
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "auth/auth.hpp"

using namespace feedctl;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int token_count = 1000;
constexpr int checks = 2'000'000;

std::vector<std::string> make_headers(auth::Auth& auth, Id user) {
  std::vector<std::string> headers;
  for (int i = 0; i < token_count; ++i) {
    const auto token = auth.issue({user, {auth::Scope::read}, std::nullopt, std::chrono::hours{1}});
    auth.verify(token);
    headers.push_back("Bearer " + token);
  }
  return headers;
}

// The fastest of several runs, so that another process on the core counts little.
double microseconds_of_check(const auth::Auth& auth, const std::vector<std::string>& headers) {
  constexpr int runs = 10;
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < checks / runs; ++i) {
      if (!auth.cached_actor(headers[i * 7919 % headers.size()], std::nullopt)) std::abort();
    }
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    best = std::min(best, took.count() / (checks / runs));
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  store::Options options;
  options.url = Secret<std::string>(argv[1]);
  store::Database database(options);
  auth::Auth auth({}, database);
  const auto headers = make_headers(auth, std::atoll(argv[2]));
  // With an empty list the check would skip a step.
  auth.apply({.user_id = 1, .token_version = 1, .until = now() + std::chrono::hours{1}});
  std::printf("%.4f\n", microseconds_of_check(auth, headers));
  return 0;
}
