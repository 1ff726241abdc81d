#pragma once
// The capacity model beside a real database: what it predicts from the database's own counts, and
// the load of the last day from the event log.
//
// Reads only; each statement has the time-out of StatsOptions. SQL errors pass through. Plain
// functions; thread-safe.
#include <optional>
#include <string>
#include <vector>

#include "operations/size_model.hpp"
#include "operations/stats.hpp"

namespace feedctl::operations {

// The rows of the connected database, as the model counts them.
Population measure_population(store::Database& database, const StatsReport& stats,
                              const StatsOptions& options);

// A bulk load writes no events: the log of a loaded database is nearly empty.
PageLayout guess_layout(const Population& population);

struct SizeDifference {
  std::string group;
  double predicted = 0, measured = 0;
  std::optional<double> percent() const;  // of what is measured; nullopt if that is nothing
};
struct SizeComparison {
  PageLayout layout = PageLayout::grown;
  std::vector<SizeDifference> groups;
  SizeDifference total;  // of the database
};
SizeComparison compare_sizes(const StatsReport& stats, const Population& population,
                             PageLayout layout);

// The load of the last day, or of as much as the log holds.
struct LiveLoad {
  double hours = 0;  // that the log reaches back; 0: it is empty
  DailyWrites daily;
  double peak_factor = 1;    // the busiest hour by the mean
  double sampled_share = 1;  // of the log's pages that were read
};
LiveLoad measure_load(store::Database& database, const StatsReport& stats,
                      const StatsOptions& options);

// A plan with the counts and rates of a database, so that predict() answers for it.
void set_live(SizePlan& plan, const Population& population, const LiveLoad& load);
// Replaces the predicted bytes of the database and its log by the measured ones. Where the
// prediction has no limit of the disk, it is these bytes and the free ones: other files share the
// disk. 0: unknown.
void use_measured_disk(SizePrediction& prediction, const StatsReport& stats, double free_bytes);

}  // namespace feedctl::operations
