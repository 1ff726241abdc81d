#pragma once
// How much the seconds of a run scatter beyond what independent requests would: factors for the
// variance, at least 1. From the differences of neighbouring seconds (von Neumann), so that stages
// and drifts are not taken for noise. Pure functions; any thread.
#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

// Of latencies; of the errors' count.
double latency_variance_factor(const LoadResult& result);
double error_variance_factor(const LoadResult& result);
// Of the answers without error; below 1 where they come more evenly than by chance.
double ok_variance_factor(const LoadResult& result);

}  // namespace feedctl::loadtest
