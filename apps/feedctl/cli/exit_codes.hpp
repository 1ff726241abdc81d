#pragma once
// Exit codes of feedctl, after sysexits.h. They are a contract with scripts: `feedctl help
// exit-codes` lists them. Constants and plain functions; thread-safe.
#include <span>
#include <string_view>

#include "base/error.hpp"

namespace feedctl::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;    // failed, or partly failed
inline constexpr int exit_negative = 3;  // it ran and the answer is no
inline constexpr int exit_usage = 64;
inline constexpr int exit_bad_data = 65;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_internal = 70;
inline constexpr int exit_exhausted = 71;  // no memory, threads or files
inline constexpr int exit_busy = 75;       // a lock is held, try later
inline constexpr int exit_config = 78;
inline constexpr int exit_interrupted = 130;  // SIGINT
inline constexpr int exit_terminated = 143;   // SIGTERM

struct ExitCode {
  int code;
  std::string_view meaning;
};
std::span<const ExitCode> exit_codes();

int exit_code_of(ErrorCode code);

}  // namespace feedctl::cli
