#include "feed_materialized/fan_out_handlers.hpp"

#include "feed_materialized/fan_out_logic.hpp"

namespace feedctl::feed_materialized {

events::Handler fan_out_handler(Options options) {
  return [options](events::UnitOfWork& unit, std::span<const events::Event> events) {
    MaterializedWriter writer(unit);
    handle_events(writer, events, options);
  };
}

jobs::HandlerRegistry job_handlers(Options options) {
  const jobs::JobHandler handler = [options](events::UnitOfWork& unit, const jobs::Job& job) {
    MaterializedWriter writer(unit);
    return run_job(writer, job, options);
  };
  return {{"fan_out", handler}, {"backfill", handler}, {"activate", handler}};
}

}  // namespace feedctl::feed_materialized
