#pragma once
// Events as jobs: an event that fails alone in its batch is retried as a job, or becomes a dead
// letter. Both take part in the caller's unit of work.
#include <string>

#include "events/unit_of_work.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::jobs {

inline constexpr const char* event_kind = "event";

// The handler of the jobs of that kind: runs `handle` on the one event.
JobHandler event_retry_handler(events::Handler handle);

// Adds the job that retries the event. `error`: why it failed.
void retry_event_later(events::UnitOfWork& unit, const events::Event& event,
                       const std::string& error);
// For an event that has ended its process `crashes` times.
void dead_letter_event(events::UnitOfWork& unit, const events::Event& event, int crashes);

}  // namespace feedctl::jobs
