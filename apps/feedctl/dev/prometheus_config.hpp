#pragma once
// Changes to the text of configs/prometheus/prometheus.yml, for `feedctl dev --monitor`: its jobs
// at other addresses, and without those that do not run. It knows the layout of that file, whose
// sections and jobs each begin with a line of their own. Plain functions; thread-safe.
// Error(internal): the text has no such section or job.
#include <map>
#include <string>

namespace feedctl::cli {

// Without a top-level section such as "alerting".
std::string without_section(const std::string& text, const std::string& name);

// Keeps the jobs that `addresses` names, each with that one target ("127.0.0.1:9101").
std::string with_targets(const std::string& text,
                         const std::map<std::string, std::string>& addresses);

// Scrapes and evaluates at this interval ("5s").
std::string with_interval(const std::string& text, const std::string& interval);

}  // namespace feedctl::cli
