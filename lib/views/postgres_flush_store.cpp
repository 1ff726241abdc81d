#include "views/postgres_flush_store.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/json_writer.hpp"
#include "sql/views.hpp"
#include "views/impression_columns.hpp"

namespace feedctl::views {

namespace {

constexpr std::size_t counts_per_statement = 5'000;

const failpoint::Point current_epoch_before{"views.current_epoch.before"},
    current_epoch_after{"views.current_epoch.after"};
const failpoint::Point epoch_before{"views.epoch.before"}, epoch_after{"views.epoch.after"};
const failpoint::Point established_before{"views.established.before"},
    established_after{"views.established.after"};
const failpoint::Point apply_before{"views.apply.before"}, apply_after{"views.apply.after"};
const failpoint::Point orphans_after{"views.orphans.after"};
const failpoint::Point claim_before{"views.claim.before"}, claim_after{"views.claim.after"};
const failpoint::Point commit_before{"views.commit.before"}, commit_after{"views.commit.after"};
const failpoint::Point prune_before{"views.prune.before"};

// Adds one chunk; appends what was not found to `orphans`.
void add_chunk(store::WriteTx& tx, std::span<const Impressions> chunk, const std::string& type,
               std::vector<Impressions>& orphans) {
  const ImpressionColumns columns(chunk);
  for (const auto row :
       tx.query(sql::views::add_impressions, store::params(columns.contents, columns.counts, type)))
    orphans.push_back({row.integer(0), row.integer(1)});
}

// Sorted. Orphans are looked for among all posts: the views of one may have been counted by a run
// that ended before it removed them.
std::vector<std::int64_t> distinct(std::vector<std::int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::optional<std::string> to_json(std::span<const Impressions> counts) {
  if (counts.empty()) return std::nullopt;
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  for (const auto& item : counts) writer.integer(std::to_string(item.content), item.count);
  writer.close_object();
  return out;
}

}  // namespace

std::string content_type_of(std::string_view label) {
  constexpr std::string_view head = "pages.", tail = "content";
  if (label.size() <= head.size() + tail.size() || label.substr(0, head.size()) != head) return "";
  label.remove_prefix(head.size());
  if (label.substr(label.size() - tail.size()) != tail) return "";
  return std::string(label.substr(0, label.size() - tail.size()));
}

std::string PostgresFlushStore::type_of(const std::string& label) const {
  const auto own = types_.find(label);
  return own == types_.end() ? content_type_of(label) : own->second;
}

std::optional<EpochRecord> PostgresFlushStore::current_epoch() {
  current_epoch_before.hit();
  const auto rows = database_.read_on_primary(sql::views::current_epoch);
  current_epoch_after.hit();
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  return EpochRecord{std::string(row.text(0)), row.integer(1), row.boolean(2), row.boolean(3)};
}

void PostgresFlushStore::add_epoch(const std::string& previous, const EpochRecord& next) {
  epoch_before.hit();
  database_.execute(sql::views::add_epoch, store::params(previous, next.epoch, next.drops_live));
  epoch_after.hit();
}

void PostgresFlushStore::mark_established(const std::string& epoch) {
  established_before.hit();
  database_.execute(sql::views::mark_established, store::params(epoch));
  established_after.hit();
}

ViewsApplied PostgresFlushStore::apply_views(std::span<const SeenView> views) {
  std::vector<std::int64_t> posts, users, days;
  posts.reserve(views.size());
  users.reserve(views.size());
  days.reserve(views.size());
  for (const auto& view : views) {
    posts.push_back(view.post);
    users.push_back(view.user);
    days.push_back(view.day);
  }
  apply_before.hit();
  const auto rows = database_.execute(sql::views::apply, store::params(posts, users, days));
  apply_after.hit();
  const auto row = rows.single_row();
  ViewsApplied applied;
  applied.counted = row.integer(0);
  applied.expired = row.integer(1);
  applied.repeated = static_cast<std::int64_t>(views.size()) - applied.counted - applied.expired;
  applied.posts = row.integers(2);
  const auto all_posts = distinct(posts);
  for (const auto gone : database_.execute(sql::views::remove_orphans, store::params(all_posts))) {
    const auto post = gone.integer(0);
    applied.orphaned += std::count(posts.begin(), posts.end(), post);
    std::erase(applied.posts, post);
  }
  orphans_after.hit();
  return applied;
}

ImpressionsApplied PostgresFlushStore::apply_impressions(const Batch& batch,
                                                         std::span<const Impressions> counts,
                                                         bool drop) {
  claim_before.hit();
  auto tx = database_.write();
  ImpressionsApplied applied;
  if (tx.query(sql::views::claim_batch, store::params(batch.id)).empty()) {
    applied.was_applied = true;
    return applied;
  }
  claim_after.hit();
  std::vector<Impressions> orphans;
  if (drop) orphans.assign(counts.begin(), counts.end());
  const auto type = type_of(batch.label);
  for (auto rest = counts; !drop && !rest.empty();) {
    const auto size = std::min(counts_per_statement, rest.size());
    add_chunk(tx, rest.first(size), type, orphans);
    rest = rest.subspan(size);
  }
  applied.orphaned = sum_of(orphans);
  applied.impressions = sum_of(counts) - applied.orphaned;
  applied.contents = static_cast<std::int64_t>(counts.size() - orphans.size());
  tx.query(sql::views::finish_batch, store::params(batch.id, applied.impressions, applied.contents,
                                                   to_json(orphans), batch.epoch, batch.sequence));
  commit_before.hit();
  tx.commit();
  commit_after.hit();
  return applied;
}

void PostgresFlushStore::prune_ledger(std::span<const Batch> batches) {
  prune_before.hit();
  std::vector<std::string> kept;
  kept.reserve(batches.size());
  for (const auto& batch : batches) kept.push_back(batch.id);
  database_.execute(sql::views::prune_ledger, store::params(kept));
}

}  // namespace feedctl::views
