#pragma once
// Invalidates readers' cached first pages after the commit of a change. Called within the caller's
// unit of work.
#include "events/unit_of_work.hpp"
#include "feed_materialized/first_page_cache.hpp"
#include "feed_materialized/options.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed_materialized {

// For a batch whose rows another handler of the unit adds. `cache` must outlive the handler.
events::Handler first_page_invalidation_handler(Options options, FirstPageCache& cache);

// Wraps job_handlers(): invalidates the pages of the users for whom a chunk adds rows.
jobs::HandlerRegistry with_first_page_invalidation(jobs::HandlerRegistry handlers,
                                                   FirstPageCache& cache);

}  // namespace feedctl::feed_materialized
