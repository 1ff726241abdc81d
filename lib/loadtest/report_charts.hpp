#pragma once
// The charts of a load test's report. Pure functions; any thread.
#include <vector>

#include "loadtest/chart_svg.hpp"
#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

// Those that have something to show, in the order of the report.
std::vector<Chart> report_charts(const LoadResult& result);

}  // namespace feedctl::loadtest
