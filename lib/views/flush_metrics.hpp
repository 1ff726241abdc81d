#pragma once
// The metrics of flushes. Plain functions; thread-safe.
#include <string>

#include "views/counter_buffer.hpp"
#include "views/flush.hpp"

namespace feedctl::views {

// Sets the metrics feedctl_views_flush_.. after a run, and what waits in Redis now. Throws as
// CounterBuffer does.
void export_metrics(const FlushReport& report, CounterBuffer& buffer);

// The families whose name begins with feedctl_views_, in the text format of /metrics: for the
// textfile collector of node_exporter.
std::string metrics_text();

}  // namespace feedctl::views
