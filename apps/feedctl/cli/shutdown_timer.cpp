#include "feedctl/cli/shutdown_timer.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "feedctl/cli/daemon_signals.hpp"
#include "feedctl/cli/exit_codes.hpp"

namespace feedctl::cli {

ShutdownTimer::ShutdownTimer(std::optional<std::chrono::milliseconds> limit)
    : thread_([limit](const std::stop_token& stop) {
        const auto set = stop_signals();
        const auto deadline = Deadline::after(limit.value_or(std::chrono::milliseconds{0}));
        while (!stop.stop_requested()) {
          if (const int signal = next_signal(set, std::chrono::milliseconds{100})) {
            exit_immediately(128 + signal);
          }
          if (limit && deadline.is_expired()) {
            log::error("the shutdown took too long");
            exit_immediately(exit_failed);
          }
        }
      }) {}

}  // namespace feedctl::cli
