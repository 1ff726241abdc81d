#include "base/log.hpp"
#include "jobs/turn.hpp"
#include "metrics/metrics.hpp"
#include "sql/jobs.hpp"

namespace feedctl::jobs {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_statement{10'000};
// From claiming a job to locking its row; after that the lock keeps others away.
constexpr milliseconds claim_length{3'000};

void count(const std::string& kind, const char* result) {
  metrics::counter("feedctl_jobs_total", "Chunks of jobs, by kind and result",
                   {{"kind", kind}, {"result", result}})
      .add();
}

// The table, as Turn needs it.
class Queue {
 public:
  explicit Queue(store::Database& database) : database_(database) {}

  std::optional<Claimed> claim(Lane lane, bool alone) {
    const auto rows = database_.command(
        sql::jobs::claim, store::params(static_cast<int>(lane), claim_length.count(), alone));
    if (rows.empty()) return std::nullopt;
    const auto row = rows.only();
    Job job;
    if (row.null(1)) return Claimed{std::move(job), 0, 0, true};
    job.id = row.integer(0);
    job.kind = row.text(2);
    job.lane = lane;
    job.subject = row.integer(3);
    job.payload = row.text(4);
    job.cursor = row.maybe_text(5);
    job.done = row.integer(6);
    job.attempts = static_cast<int>(row.integer(7));
    return Claimed{std::move(job), row.integer(1), static_cast<int>(row.integer(8)), false};
  }

  events::Unit begin() { return events::Unit(database_.write(longest_statement)); }

  bool lock(events::Unit& unit, const Claimed& claimed) {
    return !unit.tx().query(sql::jobs::lock, store::params(claimed.job.id, claimed.claim)).empty();
  }

  void save(events::Unit& unit, const Claimed& claimed, const Chunk& chunk) {
    unit.tx().query(sql::jobs::save, store::params(claimed.job.id, *chunk.cursor, chunk.rows));
  }

  void finish(events::Unit& unit, const Claimed& claimed) {
    unit.tx().query(sql::jobs::finish, store::params(claimed.job.id));
  }

  void done(const Claimed& claimed, const Chunk& chunk) {
    count(claimed.job.kind, chunk.cursor ? "chunk" : "done");
  }

  void bury(const Claimed& claimed, const std::string& error) {
    if (database_.command(sql::jobs::bury, store::params(claimed.job.id, claimed.claim, error))
            .empty()) {
      return;
    }
    count(claimed.job.kind, "dead");
    log::error("a job was given up: see feedctl dlq list",
               {{"kind", claimed.job.kind}, {"subject", claimed.job.subject}, {"error", error}});
  }

  void fail(const Claimed& claimed, milliseconds wait, const std::string& what, bool counts) {
    count(claimed.job.kind, "failed");
    log::warning("a job failed and will be tried again",
                 {{"kind", claimed.job.kind}, {"subject", claimed.job.subject}, {"error", what}});
    database_.command(sql::jobs::fail,
                      store::params(claimed.job.id, claimed.claim, wait.count(), what, counts));
  }

 private:
  store::Database& database_;
};

DeadLetter letter_of(const store::Row& row) {
  DeadLetter letter;
  letter.id = row.integer(0);
  letter.kind = row.text(1);
  letter.subject = row.integer(2);
  letter.payload = row.text(3);
  letter.error = row.text(4);
  letter.attempts = static_cast<int>(row.integer(5));
  letter.crashes = static_cast<int>(row.integer(6));
  letter.created_at = row.time(7);
  letter.died_at = row.time(8);
  return letter;
}

std::vector<DeadLetter> letters_of(const store::Result& rows) {
  std::vector<DeadLetter> letters;
  for (const auto row : rows) letters.push_back(letter_of(row));
  return letters;
}

}  // namespace

void add(store::WriteTx& tx, const NewJob& job) {
  tx.query(sql::jobs::add, store::params(job.kind, static_cast<int>(job.lane), job.subject,
                                         job.payload, job.total, std::int64_t{job.delay.count()}));
}

bool run_one(store::Database& database, Lane lane, const Kinds& kinds, Lanes& lanes) {
  Queue queue(database);
  return Turn<Queue>(queue, lanes).run(lane, kinds);
}

bool run_one(store::Database& database, Lane lane, const Kinds& kinds) {
  Lanes lanes;
  return run_one(database, lane, kinds, lanes);
}

Backlog backlog(store::Database& database) {
  const auto rows = database.read(sql::jobs::backlog);
  const auto row = rows.only();
  return {{row.integer(0), row.integer(1), row.integer(2)},
          std::chrono::seconds{row.integer(3)},
          row.integer(4),
          row.boolean(5)};
}

std::vector<DeadLetter> dead_letters(store::Database& database, const std::string& kind,
                                     std::int64_t after, int most) {
  return letters_of(database.read(sql::jobs::dead_list, store::params(kind, after, most)));
}

std::vector<DeadLetter> unpublished_dead(store::Database& database, int most) {
  return letters_of(database.read(sql::jobs::dead_unpublished, store::params(most)));
}

void mark_published(store::Database& database, const std::vector<std::int64_t>& ids) {
  if (!ids.empty()) database.command(sql::jobs::dead_published, store::params(ids));
}

std::optional<DeadLetter> dead_letter(store::Database& database, std::int64_t id) {
  const auto rows = database.read(sql::jobs::dead_one, store::params(id));
  if (rows.empty()) return std::nullopt;
  return letter_of(rows.only());
}

std::size_t bring_forward(store::Database& database) {
  const auto jobs = database.command(sql::jobs::bring_forward).affected();
  if (jobs > 0)
    log::info("jobs that a clock ahead had put off go on", {{"jobs", std::int64_t(jobs)}});
  return jobs;
}

bool retry_dead(store::Database& database, std::int64_t id) {
  return !database.command(sql::jobs::retry_dead, store::params(id)).empty();
}

bool drop_dead(store::Database& database, std::int64_t id) {
  return !database.command(sql::jobs::drop_dead, store::params(id)).empty();
}

std::size_t prune_dead(store::Database& database, milliseconds keep, Time now) {
  constexpr int batch = 1000;
  std::size_t pruned = 0;
  for (;;) {
    const std::size_t gone =
        database
            .command(sql::jobs::prune_dead, store::params(std::int64_t{keep.count()}, now, batch))
            .affected();
    pruned += gone;
    if (gone < static_cast<std::size_t>(batch)) return pruned;
  }
}

}  // namespace feedctl::jobs
