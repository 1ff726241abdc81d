#pragma once
// The metrics of flushes. Plain functions; thread-safe.
#include "views/counter_buffer.hpp"
#include "views/flush.hpp"

namespace feedctl::views {

// Sets the metrics feedctl_views_flush_.. after a run, and what waits in Redis now. Throws as
// CounterBuffer does.
void export_metrics(const FlushReport& report, CounterBuffer& buffer);

// Sets the metrics of what waits in Redis: feedctl_views_pending, .._batches,
// .._oldest_batch_seconds. Throws as CounterBuffer does.
void export_pending(CounterBuffer& buffer);

}  // namespace feedctl::views
