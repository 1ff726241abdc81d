#include "jobs/jobs.hpp"

#include <utility>

#include "base/log.hpp"
#include "jobs/job_step.hpp"
#include "jobs/job_store.hpp"
#include "sql/jobs.hpp"

namespace feedctl::jobs {

void add(store::WriteTx& tx, const NewJob& job) {
  tx.query(sql::jobs::add, store::params(job.kind, static_cast<int>(job.priority), job.subject,
                                         job.payload, job.total, std::int64_t{job.delay.count()}));
}

bool run_one(store::Database& database, Priority priority, const HandlerRegistry& handlers,
             RunnerState& state) {
  auto skipped = state.skipped_kinds ? state.skipped_kinds() : std::vector<std::string>{};
  JobStore job_store(database, std::move(skipped));
  return JobStep<JobStore>(job_store, state).run(priority, handlers);
}

Backlog backlog(store::Database& database) {
  const auto rows = database.read(sql::jobs::backlog);
  const auto row = rows.single_row();
  return {{row.integer(0), row.integer(1), row.integer(2)},
          std::chrono::seconds{row.integer(3)},
          row.integer(4),
          row.boolean(5)};
}

std::size_t reschedule_after_clock_jump(store::Database& database) {
  const auto jobs = database.execute(sql::jobs::bring_forward).affected();
  if (jobs > 0)
    log::info("rescheduled jobs that a clock ahead had postponed", {{"jobs", std::int64_t(jobs)}});
  return jobs;
}

}  // namespace feedctl::jobs
