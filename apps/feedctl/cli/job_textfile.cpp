#include "feedctl/cli/job_textfile.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/runtime.hpp"
#include "metrics/metrics.hpp"
#include "metrics/textfile.hpp"

namespace feedctl::cli {

namespace {

using Clock = std::chrono::steady_clock;

void set_gauge(const char* name, const char* help, const std::string& command, double value) {
  metrics::gauge(name, help, {{"command", command}}).set(value);
}

// The run has an error or an exit code of its own, which counts more.
void try_write(const JobTextfile& file, std::chrono::duration<double> took, int exit_code) {
  try {
    file.write(took, exit_code);
  } catch (const Error& error) {
    log::warning("the metrics are not written: " + std::string(error.what()));
  }
}

}  // namespace

void offer_textfile(Spec& spec, std::optional<std::string>* path) {
  spec.value("--textfile", "FILE", "write metrics here after each run, for node_exporter", path);
}

JobTextfile::JobTextfile(std::string path, std::string command,
                         std::vector<std::string_view> families)
    : path_(std::move(path)), command_(std::move(command)), families_(std::move(families)) {
  families_.emplace_back("feedctl_job_");
}

void JobTextfile::write(std::chrono::duration<double> took, int exit_code) const {
  const auto ended_at = static_cast<double>(unix_us(now())) / 1e6;
  set_gauge("feedctl_job_last_run_timestamp_seconds", "When a run of the command last ended.",
            command_, ended_at);
  if (exit_code == exit_ok)
    set_gauge("feedctl_job_last_success_timestamp_seconds",
              "When a run of the command last ended with exit code 0.", command_, ended_at);
  set_gauge("feedctl_job_duration_seconds", "How long the last run of the command took.", command_,
            took.count());
  set_gauge("feedctl_job_exit_code", "The exit code of the command's last run.", command_,
            exit_code);
  metrics::write_textfile(path_, families_);
}

int run_with_textfile(Runtime& runtime, const std::optional<std::string>& path,
                      const CommandFn& run, std::vector<std::string_view> families) {
  if (!path || runtime.dry_run()) return run(runtime);
  const JobTextfile file(*path, std::string(runtime.command().name), std::move(families));
  const auto start = Clock::now();
  try {
    const int code = run(runtime);
    if (code == exit_ok)
      file.write(Clock::now() - start, code);
    else
      try_write(file, Clock::now() - start, code);
    return code;
  } catch (const Error& error) {
    const int code = exit_code_of(error.code());
    if (code != exit_busy) try_write(file, Clock::now() - start, code);
    throw;
  } catch (const std::exception&) {
    try_write(file, Clock::now() - start, exit_internal);
    throw;
  }
}

}  // namespace feedctl::cli
