#pragma once
// The report of a load test for a terminal: a row for each operation, errors by kind, SLOs, the
// server's figures and the generator's own cost. Pure function; any thread. What the server or the
// command line gave holds no control characters in it.
#include <string>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

std::string text_report(const LoadResult& result);

}  // namespace feedctl::loadtest
