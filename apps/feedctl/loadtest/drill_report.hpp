#pragma once
// The verdict of a drill as a table or as JSON. Plain functions for the main thread.
#include <string>
#include <vector>

#include "loadtest/drill_verdict.hpp"
#include "loadtest/load_result.hpp"

namespace feedctl::cli {

class Runtime;

// {"drill", "passed", "rows": [{requirement, promise, result, evidence}], "findings", "result"}.
std::string drill_json(loadtest::Drill drill, const std::vector<loadtest::VerdictRow>& rows,
                       const loadtest::LoadResult& result);
void print_drill(const Runtime& runtime, loadtest::Drill drill,
                 const std::vector<loadtest::VerdictRow>& rows, const loadtest::LoadResult& result);

}  // namespace feedctl::cli
