#include "jobs/job_store.hpp"

#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/jobs.hpp"

namespace feedctl::jobs {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds max_statement_time{10'000};
// The claim protects a job until its row is locked. From then on the row lock does.
constexpr milliseconds claim_ttl{3'000};

void count_result(const std::string& kind, const char* result) {
  metrics::counter("feedctl_jobs_total", "Chunks of jobs, by kind and result",
                   {{"kind", kind}, {"result", result}})
      .add();
}

}  // namespace

std::optional<ClaimedJob> JobStore::claim(Priority priority, bool exclusive) {
  const auto rows = database_.execute(
      sql::jobs::claim,
      store::params(static_cast<int>(priority), claim_ttl.count(), exclusive, skipped_kinds_));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  Job job;
  if (row.is_null(1)) return ClaimedJob{std::move(job), 0, 0, true};
  job.id = row.integer(0);
  job.kind = row.text(2);
  job.priority = priority;
  job.subject = row.integer(3);
  job.payload = row.text(4);
  job.cursor = row.maybe_text(5);
  job.done = row.integer(6);
  job.attempts = static_cast<int>(row.integer(7));
  return ClaimedJob{std::move(job), row.integer(1), static_cast<int>(row.integer(8)), false};
}

events::UnitOfWork JobStore::begin() {
  chunk_began_ = std::chrono::steady_clock::now();
  return events::UnitOfWork(database_.write(max_statement_time));
}

bool JobStore::lock(events::UnitOfWork& unit, const ClaimedJob& claimed) {
  return !unit.tx().query(sql::jobs::lock, store::params(claimed.job.id, claimed.claim_id)).empty();
}

void JobStore::save(events::UnitOfWork& unit, const ClaimedJob& claimed, const Chunk& chunk) {
  unit.tx().query(sql::jobs::save, store::params(claimed.job.id, *chunk.cursor, chunk.rows));
}

void JobStore::finish(events::UnitOfWork& unit, const ClaimedJob& claimed) {
  unit.tx().query(sql::jobs::finish, store::params(claimed.job.id));
}

void JobStore::done(const ClaimedJob& claimed, const Chunk& chunk) {
  count_result(claimed.job.kind, chunk.cursor ? "chunk" : "done");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - chunk_began_;
  metrics::histogram("feedctl_jobs_chunk_duration_seconds",
                     "Time of one chunk of a job, to its commit, by kind",
                     {{"kind", claimed.job.kind}})
      .observe(took.count());
}

void JobStore::dead_letter(const ClaimedJob& claimed, const std::string& error) {
  if (database_.execute(sql::jobs::bury, store::params(claimed.job.id, claimed.claim_id, error))
          .empty()) {
    return;
  }
  count_result(claimed.job.kind, "dead");
  log::error("a job was given up: see feedctl dlq list",
             {{"kind", claimed.job.kind}, {"subject", claimed.job.subject}, {"error", error}});
}

void JobStore::fail(const ClaimedJob& claimed, milliseconds retry_in, const std::string& error,
                    bool counts_as_attempt) {
  count_result(claimed.job.kind, "failed");
  log::warning("a job failed and will be tried again",
               {{"kind", claimed.job.kind}, {"subject", claimed.job.subject}, {"error", error}});
  database_.execute(sql::jobs::fail, store::params(claimed.job.id, claimed.claim_id,
                                                   retry_in.count(), error, counts_as_attempt));
}

}  // namespace feedctl::jobs
