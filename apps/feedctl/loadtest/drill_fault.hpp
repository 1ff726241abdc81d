#pragma once
// The faults of drills: what breaks, and what ends it. Plain functions for the main thread.
#include "feedctl/loadtest/drill_stack.hpp"
#include "loadtest/drill_verdict.hpp"

namespace feedctl::cli {

// Returns once the fault is there.
void begin_fault(DrillStack& stack, loadtest::Drill drill);
// Returns once what was stopped runs again. Error(unavailable) if it does not start.
void end_fault(DrillStack& stack, loadtest::Drill drill);

// The fault lasts for a third of the load; else it ends as soon as it has begun.
bool lasts(loadtest::Drill drill);
// Redis loses the views that are not flushed yet.
bool may_lose_views(loadtest::Drill drill);
bool can_count_backlog(loadtest::Drill drill);

// "stopping Redis", for the notices.
std::string begin_text(loadtest::Drill drill);
std::string end_text(loadtest::Drill drill);

}  // namespace feedctl::cli
