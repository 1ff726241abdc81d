#include "views/retention.hpp"

#include <optional>

#include "base/failpoint.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "sql/views.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::views {

namespace {

constexpr int days_ahead = 2;
constexpr std::chrono::seconds max_create_time{30};
// Each chunk that a lock keeps out has made flushes wait for 100 ms.
constexpr int max_conflicts = 3;

const failpoint::Point begin_fold_before{"views.begin_fold.before"},
    begin_fold_after{"views.begin_fold.after"};
const failpoint::Point fold_before{"views.fold.before"}, fold_after{"views.fold.after"};
const failpoint::Point prune_epochs_before{"views.prune_epochs.before"},
    prune_epochs_after{"views.prune_epochs.after"};

struct FoldPosition {
  Id post = 0, user = 0;
};

struct Chunk {
  std::int64_t rows = 0;
  FoldPosition last;
};

// nullopt: no day is old enough, or another process folds.
std::optional<Chunk> fold_chunk(store::Database& database, Time now, int max_rows,
                                const FoldPosition& after) {
  fold_before.hit();
  const auto folded =
      database.execute(sql::views::fold, store::params(now, max_rows, after.post, after.user));
  fold_after.hit();
  if (folded.empty()) return std::nullopt;
  const auto row = folded[0];
  return Chunk{row.integer(0), {row.integer(1), row.integer(2)}};
}

}  // namespace

void create_view_partitions(store::Database& database) {
  auto tx = database.write(max_create_time);
  const auto made =
      tx.query(sql::views::make_partitions, store::params(days_ahead)).single_row().integer(0);
  tx.commit();
  if (made > 0) log::info("made partitions of the views", {{"partitions", made}});
}

std::int64_t fold_old_views(store::Database& database, Time now, const FoldLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limits.max_time;
  std::int64_t total = 0;
  int conflicts = 0;
  begin_fold_before.hit();
  database.execute(sql::views::begin_fold, store::params(now));
  begin_fold_after.hit();
  FoldPosition after;
  for (int chunk = 0; chunk < limits.max_chunks && Clock::now() < deadline; ++chunk) {
    try {
      const auto folded = fold_chunk(database, now, limits.rows_per_chunk, after);
      if (!folded) break;
      total += folded->rows;
      after = folded->last;
    } catch (const store::SqlError& error) {
      if (error.sqlstate() != store::sqlstate::lock_not_available) throw;
      if (++conflicts == max_conflicts) break;  // the next call will do
    }
  }
  if (total > 0) log::info("folded views of old days into their counters", {{"views", total}});
  return total;
}

void prune_direct_ledger(store::Database& database, Time now) {
  database.execute(sql::views::prune_direct, store::params(now));
}

void prune_epochs(store::Database& database, Time now) {
  prune_epochs_before.hit();
  database.execute(sql::views::prune_epochs, store::params(now));
  prune_epochs_after.hit();
}

}  // namespace feedctl::views
