#pragma once
// `feedctl dev` and its child processes.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dev_process.hpp"
#include "support/fresh_database.hpp"

namespace feedctl {

using support::Dev;
using support::dev_command;
using support::start_dev;
using support::StateFolder;

// A field of /proc/PID/status, "" where there is no such process.
std::string field(pid_t pid, const std::string& name);

// Every process below `parent`, by pid, with its command line.
std::map<pid_t, std::string> descendants(pid_t parent);

// How many curl lines dev prints: one more where this build has the image libraries.
int expected_curl_lines(const std::string& output);

// The child of `dev` whose command line begins so (by its last path element), 0 where none does.
pid_t child_named(pid_t dev, const std::string& name);

}  // namespace feedctl
