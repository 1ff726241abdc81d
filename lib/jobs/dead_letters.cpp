#include "jobs/dead_letters.hpp"

#include "sql/jobs.hpp"

namespace feedctl::jobs {

namespace {

DeadLetter to_dead_letter(const store::Row& row) {
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

std::vector<DeadLetter> to_dead_letters(const store::Result& rows) {
  std::vector<DeadLetter> letters;
  for (const auto row : rows) letters.push_back(to_dead_letter(row));
  return letters;
}

std::optional<DeadLetterSubject> to_subject(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return DeadLetterSubject{std::string(rows[0].text(0)), rows[0].integer(1)};
}

}  // namespace

std::vector<DeadLetter> list_dead_letters(store::Database& database, const std::string& kind,
                                          std::int64_t after, int limit) {
  return to_dead_letters(database.read(sql::jobs::dead_list, store::params(kind, after, limit)));
}

std::vector<DeadLetter> list_newest_dead_letters(store::Database& database, std::int64_t before,
                                                 int limit) {
  return to_dead_letters(database.read(sql::jobs::dead_newest, store::params(before, limit)));
}

std::vector<DeadLetter> list_unpublished_dead_letters(store::Database& database, int limit) {
  return to_dead_letters(database.read(sql::jobs::dead_unpublished, store::params(limit)));
}

void mark_published(store::Database& database, const std::vector<std::int64_t>& ids) {
  if (!ids.empty()) database.execute(sql::jobs::dead_published, store::params(ids));
}

std::optional<DeadLetter> find_dead_letter(store::Database& database, std::int64_t id) {
  const auto rows = database.read(sql::jobs::dead_one, store::params(id));
  if (rows.empty()) return std::nullopt;
  return to_dead_letter(rows.single_row());
}

std::optional<DeadLetterSubject> retry_dead_letter(store::WriteTx& tx, std::int64_t id) {
  return to_subject(tx.query(sql::jobs::retry_dead, store::params(id)));
}

std::optional<DeadLetterSubject> drop_dead_letter(store::WriteTx& tx, std::int64_t id) {
  return to_subject(tx.query(sql::jobs::drop_dead, store::params(id)));
}

std::size_t prune_dead_letters(store::Database& database, std::chrono::milliseconds retention,
                               Time now) {
  constexpr int batch = 1000;
  std::size_t pruned = 0;
  for (;;) {
    const std::size_t gone =
        database
            .execute(sql::jobs::prune_dead,
                     store::params(std::int64_t{retention.count()}, now, batch))
            .affected();
    pruned += gone;
    if (gone < static_cast<std::size_t>(batch)) return pruned;
  }
}

}  // namespace feedctl::jobs
