#pragma once
// The figures of an interval for scripts and logs: one line of text, or one JSON object. Pure
// functions; any thread.
#include <string>

#include "base/time.hpp"
#include "feedctl/top/dashboard.hpp"

namespace feedctl::cli::live {

// Without a newline.
std::string progress_line(const Dashboard& dashboard, Time now);
std::string json_object(const Dashboard& dashboard, Sort sort, Time now);

}  // namespace feedctl::cli::live
