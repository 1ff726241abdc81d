#pragma once
// Drops readers' lists after the commit of what changes them.
#include "events/unit.hpp"
#include "feed/list.hpp"
#include "feed/options.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed {

// For a batch whose rows another handler of the unit adds. `lists` must outlive the handler.
events::Handler drop_lists(Options options, Lists& lists);

// The kinds of feed/on_events, with the lists of those for whom a chunk adds rows.
jobs::Kinds dropping_lists(jobs::Kinds kinds, Lists& lists);

}  // namespace feedctl::feed
