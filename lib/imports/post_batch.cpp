#include "imports/post_batch.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "imports/imported_ids.hpp"
#include "sql/imports.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::imports {

namespace {

const failpoint::Point write_before{"imports.batch.before"}, write_after{"imports.batch.after"};

constexpr int max_attempts = 5;

// Numbers that networks count up come in their order.
auto order_of(const ImportedPost& post) {
  return std::tuple(post.at, post.external_id.size(), std::string_view(post.external_id));
}

bool is_worth_retry(const store::SqlError& error) {
  // An import of another account took one of the ids.
  return error.is_transient() || error.sqlstate() == store::sqlstate::unique_violation;
}

}  // namespace

PostBatch::PostBatch(store::Database& database, std::string network, std::string account, Id user)
    : database_(database),
      network_(std::move(network)),
      account_(std::move(account)),
      user_(user) {}

void PostBatch::add(ImportedPost post) {
  auto hash = post_hash_of(network_, account_, post.external_id);
  text_bytes_ += post.text.size();
  items_.push_back({std::move(post), std::move(hash), 0});
}

PostBatch::Written PostBatch::write() {
  if (items_.empty()) return {};
  const auto count = items_.size();
  sort();
  drop_repeated();
  write_before.hit();
  const auto added = write_in_transaction();
  write_after.hit();
  items_.clear();
  text_bytes_ = 0;
  return {added, count - added};
}

void PostBatch::sort() {
  std::sort(items_.begin(), items_.end(),
            [](const Item& a, const Item& b) { return order_of(a.post) < order_of(b.post); });
}

void PostBatch::drop_repeated() {
  std::unordered_set<std::string> seen;
  std::erase_if(items_, [&](const Item& item) { return !seen.insert(item.hash).second; });
}

std::size_t PostBatch::write_in_transaction() {
  for (int attempt = 1;; ++attempt) {
    try {
      auto tx = database_.write();
      tx.query(sql::imports::lock, store::params("user:" + std::to_string(user_)));
      drop_known(tx);
      if (items_.empty()) return 0;
      choose_ids(tx);
      const auto added = insert(tx);
      tx.commit();
      return added;
    } catch (const store::SqlError& error) {
      if (!is_worth_retry(error) || attempt == max_attempts) throw;
    }
  }
}

void PostBatch::drop_known(store::WriteTx& tx) {
  std::vector<std::string> hashes;
  hashes.reserve(items_.size());
  for (const auto& item : items_) hashes.push_back(item.hash);
  const auto rows = tx.query(sql::imports::known_posts, store::params(user_, hashes));
  std::unordered_set<std::string_view> known;
  for (const auto row : rows) known.insert(row.text(0));
  std::erase_if(items_, [&](const Item& item) { return known.count(item.hash) != 0; });
}

// Ids in the order of the posts, of which nobody has one. After each collision the step grows, so
// that a long run of taken ids is passed soon.
void PostBatch::choose_ids(store::WriteTx& tx) {
  std::unordered_set<Id> taken;
  for (Id step = 1;; step *= 2) {
    Id last = 0;
    std::vector<std::int64_t> ids;
    for (auto& item : items_) {
      Id id = std::max(first_id_of(item.post.at), next_bulk_id(last));
      while (taken.count(id) != 0) id = next_bulk_id(id + step - 1);
      ids.push_back(last = item.id = id);
    }
    const auto found = tx.query(sql::imports::taken_ids, store::params(ids));
    if (found.empty()) return;
    for (const auto row : found) taken.insert(row.integer(0));
  }
}

std::size_t PostBatch::insert(store::WriteTx& tx) {
  std::vector<std::int64_t> ids, times;
  std::vector<std::string> hashes, texts;
  for (const auto& item : items_) {
    hashes.push_back(item.hash);
    ids.push_back(item.id);
    times.push_back(unix_us(item.post.at));
    texts.push_back(item.post.text);
  }
  const auto done =
      tx.query(sql::imports::add_posts, store::params(user_, hashes, ids, times, texts));
  const auto row = done.single_row();
  if (row.boolean(0)) return static_cast<std::size_t>(row.integer(1));
  if (database_.options().dry_run) return items_.size();
  throw Error(ErrorCode::failed, "the user of the import was deleted meanwhile")
      .with_hint("import the archive again: it becomes a new user");
}

}  // namespace feedctl::imports
