#pragma once
// What the metrics of one process say to `feedctl doctor`. Pure functions over its samples; any
// thread.
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "loadtest/prometheus_text.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::cli::checkup {

// Sums over all series of the family; nullopt: there is none.
std::optional<double> sum_of(const loadtest::MetricsText& metrics, std::string_view family);

// Adds a finding for each value that an alert would fire at. Counters count since the start of the
// process, so an old trouble shows, too.
void check_metrics(operations::Findings& findings, const loadtest::MetricsText& metrics, Time now);

// The last runs of commands that cron or a timer starts, from their textfiles.
void check_job_runs(operations::Findings& findings, const loadtest::MetricsText& metrics, Time now);

}  // namespace feedctl::cli::checkup
