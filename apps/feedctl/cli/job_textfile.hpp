#pragma once
// --textfile FILE of commands that run from cron or a timer: metrics of the run, for the textfile
// collector of node_exporter. For the main thread.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/cli/spec.hpp"

namespace feedctl::cli {

// Adds --textfile to the command's options; `path` stays empty if it is not given.
void offer_textfile(Spec& spec, std::optional<std::string>* path);

// The metrics of one command's runs: feedctl_job_*, and the families that begin with `families`.
class JobTextfile {
 public:
  JobTextfile(std::string path, std::string command, std::vector<std::string_view> families = {});

  // Of a run that ended with that exit code. Error(failed): the file cannot be written.
  void write(std::chrono::duration<double> took, int exit_code) const;

 private:
  const std::string path_;
  const std::string command_;
  std::vector<std::string_view> families_;
};

// Runs the command and writes the file after it, whatever its end. It writes nothing without a
// path, in a dry run, and if another run holds the lock. A file that cannot be written makes a run
// fail that would have succeeded; otherwise it is a warning beside the run's own error.
int run_with_textfile(Runtime& runtime, const std::optional<std::string>& path,
                      const CommandFn& run, std::vector<std::string_view> families = {});

}  // namespace feedctl::cli
