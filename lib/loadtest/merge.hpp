#pragma once
// Merges the results of several generators that put load on one server at the same time.
//
// Counts, rates, connections and processor time add up; histograms merge without loss. Seconds are
// aligned by the start of the runs, rounded to whole ones. A percentile of a merged second is the
// average of the parts, weighted by their answers: only the percentiles of the whole run are exact.
// Pure function; any thread.
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

struct MergeOptions {
  // The generators may name the server differently; the URL of the first one stands in the result.
  bool allow_other_urls = false;
};

// Error(bad_data) for fewer than two results, and for results of another mix, model, URL, or with
// other operations, or that never measured at the same time. SLOs are left out: they must be
// evaluated again.
LoadResult merge(std::vector<LoadResult> results, const MergeOptions& options = {});

}  // namespace feedctl::loadtest
