#pragma once
// The report of a load test as one HTML page: verdict, figures, charts and tables, without script
// and without anything from elsewhere. It is at most max_html_report_bytes, however long the run
// was and whatever the texts hold: curves are reduced, long texts and lists are cut. All texts are
// escaped. Pure function; any thread.
#include <cstddef>
#include <string>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

inline constexpr std::size_t max_html_report_bytes = 300'000;

std::string html_report(const LoadResult& result);

}  // namespace feedctl::loadtest
