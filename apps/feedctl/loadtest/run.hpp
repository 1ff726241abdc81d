#pragma once
// Runs a planned load test: asks the server what it has, runs the load with the live view and the
// server's metrics, checks answers and objectives. For the main thread.
#include "feedctl/loadtest/plan.hpp"
#include "loadtest/load_result.hpp"

namespace feedctl::cli {

class Runtime;

// A signal ends it at a safe point, with the result so far. Errors as of loadtest::Preflight and
// loadtest::run_load().
loadtest::LoadResult run_load_test(const Runtime& runtime, LoadtestPlan plan, bool checks_answers);

}  // namespace feedctl::cli
