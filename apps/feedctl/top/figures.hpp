#pragma once
// The figures of the panels of `feedctl top`, as texts. Pure functions; any thread.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "feedctl/top/dashboard.hpp"
#include "feedctl/top/frame.hpp"

namespace feedctl::cli::live {

using Figure = Span;

std::vector<Figure> request_figures(const Totals& totals);
std::vector<Figure> cache_figures(const Totals& totals);
std::vector<Figure> event_figures(const Totals& totals);
std::vector<Figure> view_figures(const Totals& totals, Time now);
std::vector<Figure> index_figures(const Totals& totals);
std::vector<Figure> dependency_figures(const Totals& totals);
std::vector<Figure> job_figures(const Totals& totals, Time now);

// "12", "1,234", "0.5"; 0 is "0".
std::string per_second(double rate);
std::string seconds_text(std::optional<double> seconds);  // "4.2ms", "-"
std::string count_or_dash(std::optional<double> count);
std::string size_or_dash(std::optional<double> bytes);  // "27.5M"
std::string share(double fraction);                     // "45%"
std::string age_text(std::chrono::nanoseconds age);     // "12 s", "3 h"
// Since a Unix time.
std::string age_or_dash(std::optional<double> unix_time, Time now);
std::string clock_text(Time now);  // "12:00:05Z"
std::string interval_text(std::chrono::milliseconds interval);

}  // namespace feedctl::cli::live
