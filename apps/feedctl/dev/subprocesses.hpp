#pragma once
// Child processes of `feedctl dev` that run this binary: migrate, seed, serve and work. Plain
// functions for the main thread.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dev_servers/supervisor.hpp"
#include "feedctl/dev/stop_signals.hpp"

namespace feedctl::cli {

// Runs `feedctl ARGUMENTS --config CONFIG` to its end and appends its output to `log`.
// `on_line` also gets each line of its output, while it runs. Error(failed) if it fails, with the
// end of its output, or if a signal arrives first.
void run_feedctl(const std::vector<std::string>& arguments, const std::filesystem::path& config,
                 const std::filesystem::path& log, StopSignals& signals,
                 const std::function<void(const std::string& line)>& on_line = {});

// The standard output and error of `feedctl ARGUMENTS --config CONFIG`. Error(failed) if it fails.
std::string feedctl_output(const std::vector<std::string>& arguments,
                           const std::filesystem::path& config);

// The file of this program, for command lines that a person copies.
std::filesystem::path feedctl_program();

// `feedctl openid-provider --state DIR`, ready once it answers on its port.
dev_servers::Service openid_service(const std::filesystem::path& data_dir,
                                    const std::filesystem::path& log, int port);

// `feedctl serve --config CONFIG`, ready once /health/ready answers 200.
dev_servers::Service serve_service(const std::filesystem::path& config,
                                   const std::filesystem::path& log, int port);

// `feedctl work --config CONFIG`; ready at once. `port` for /metrics and /health; 0: none.
dev_servers::Service work_service(const std::filesystem::path& config,
                                  const std::filesystem::path& log, int port = 0);

// `feedctl flush-views --every 1s --config CONFIG`; ready at once. `textfile`: empty for none.
dev_servers::Service flush_service(const std::filesystem::path& config,
                                   const std::filesystem::path& log,
                                   const std::filesystem::path& textfile = {});

// Whether a GET of that path on 127.0.0.1 is answered with 200.
bool answers_ok(int port, std::string_view path);

bool is_free_port(int port);
// The first free port from `first` on. Error(unavailable) if none of fifty is free.
int find_free_port(int first);
// Error(unavailable) if another program listens on the port that `option` sets.
void require_free_port(int port, const std::string& option);

}  // namespace feedctl::cli
