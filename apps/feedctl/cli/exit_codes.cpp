#include "feedctl/cli/exit_codes.hpp"

#include <csignal>

namespace feedctl::cli {

namespace {

constexpr ExitCode codes[] = {
    {exit_ok, "done; also a daemon that drained"},
    {exit_failed, "failed, or partly failed: the output says how much"},
    {exit_negative,
     "it ran and the answer is no: migrations pending, drift found, doctor found errors, a load "
     "test missed an objective"},
    {exit_usage, "the command line is wrong"},
    {exit_bad_data, "an input file, or existing data, is wrong"},
    {exit_unavailable, "PostgreSQL, Redis or another dependency cannot be reached"},
    {exit_internal, "a bug in feedctl"},
    {exit_exhausted, "the system gives no more memory, threads or files: see the process's limits"},
    {exit_busy, "another copy holds the lock; try again later"},
    {exit_config, "the configuration is wrong"},
    {128 + SIGHUP, "stopped by SIGHUP, since its terminal closed"},
    {exit_interrupted, "interrupted by SIGINT (Ctrl-C)"},
    {exit_terminated,
     "ended by SIGTERM, or by a second one while draining; other signals: 128 and their number"},
};

}  // namespace

std::span<const ExitCode> exit_codes() {
  return codes;
}

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return exit_usage;
    case ErrorCode::invalid_argument:
    case ErrorCode::too_large:
    case ErrorCode::unsupported_media:
    case ErrorCode::unprocessable:
    case ErrorCode::bad_data:
      return exit_bad_data;
    case ErrorCode::unavailable:
      return exit_unavailable;
    case ErrorCode::lock_held:
      return exit_busy;
    case ErrorCode::negative_answer:
      return exit_negative;
    case ErrorCode::config:
      return exit_config;
    case ErrorCode::internal:
      return exit_internal;
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::rate_limited:
    case ErrorCode::failed:
      return exit_failed;
  }
  return exit_internal;
}

}  // namespace feedctl::cli
