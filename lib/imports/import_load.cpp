#include "imports/import_load.hpp"

#include <exception>
#include <utility>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "sql/imports.hpp"

namespace feedctl::imports {

namespace {

constexpr std::size_t follows_per_transaction = 1000;
constexpr std::size_t max_batch_bytes = 8 << 20;  // of texts
constexpr std::size_t max_unknown_follows = 100'000;

}  // namespace

ImportLoad::ImportLoad(store::Database& database, ImportOptions options)
    : database_(database), options_(std::move(options)) {}

void ImportLoad::on_account(const ImportedAccount& account) {
  if (account_) throw Error(ErrorCode::internal, "an archive names two accounts");
  check_account(account);
  account_ = account;
  report_.account = account.network + ":" + account.external_id;
}

void ImportLoad::require_user() {
  if (!report_.handle.empty()) return;
  if (!account_) {
    throw Error(ErrorCode::bad_data, "the archive does not say whose it is")
        .with_hint("download the archive again");
  }
  find_user();
  for (auto& batch : batches_)
    batch.emplace(database_, account_->network, account_->external_id, report_.user);
}

void ImportLoad::find_user() {
  if (!database_.options().dry_run) {
    const auto user = claim_account_user(database_, *account_, options_.as_handle);
    report_.user = user.id;
    report_.handle = user.handle;
  } else if (const auto user = find_account_user(database_, *account_)) {
    report_.user = user->id;
    report_.handle = user->handle;
  } else {
    report_.handle =
        options_.as_handle ? *options_.as_handle : find_free_handle(database_, *account_);
  }
}

void ImportLoad::on_post(ImportedPost post) {
  require_user();
  if (post.is_reply && options_.without_replies) return on_skipped(SkipReason::reply);
  report_.cut += post.was_cut;
  batch().add(std::move(post));
  if (batch().size() >= options_.posts_per_transaction || batch().text_bytes() >= max_batch_bytes)
    start_writing();
}

void ImportLoad::on_follow(const std::string& external_id) {
  require_user();
  if (external_id.empty() || validate_name(external_id, max_external_id_bytes)) return;
  follows_.push_back(external_id);
  if (follows_.size() >= follows_per_transaction) write_follows();
}

void ImportLoad::on_skipped(SkipReason reason) {
  ++report_.left_out[static_cast<std::size_t>(reason)];
}

void ImportLoad::finish() {
  require_user();
  start_writing();
  await_written();
  write_follows();
  for (auto& batch : batches_) batch.reset();
}

void ImportLoad::settle() {
  try {
    await_written();
  } catch (const std::exception&) {  // the error before it is told
  }
}

void ImportLoad::retry_unknown_follows() {
  const auto retried = std::exchange(unknown_follows_, {});
  report_.follows_unknown -= retried.size();
  for (const auto& id : retried) on_follow(id);
  write_follows();
}

void ImportLoad::start_writing() {
  await_written();
  if (batch().size() == 0) return;
  written_size_ = batch().size();
  written_ = std::async(std::launch::async, [&batch = batch()] { return batch.write(); });
  filled_ = 1 - filled_;
}

void ImportLoad::await_written() {
  if (!written_.valid()) return;
  const auto written = written_.get();
  report_.posts_added += written.added;
  report_.posts_known += written.known;
  if (!options_.on_posts || options_.on_posts(written_size_)) return;
  throw Error(ErrorCode::failed, "stopped; the posts so far are in")
      .with_hint("import the archive again for the rest");
}

void ImportLoad::write_follows() {
  if (follows_.empty()) return;
  const auto done = database_.execute(sql::imports::add_follows,
                                      store::params(report_.user, account_->network, follows_));
  const auto row = done.single_row();
  const auto known = row.integers(0);
  // A dry run may have no user who could follow.
  report_.follows_added +=
      report_.user == 0 ? known.size() : static_cast<std::size_t>(row.integer(1));
  std::vector<bool> is_known(follows_.size());
  for (const auto n : known) is_known[static_cast<std::size_t>(n - 1)] = true;
  for (std::size_t i = 0; i < follows_.size(); ++i) {
    if (!is_known[i]) keep_unknown(std::move(follows_[i]));
  }
  follows_.clear();
}

void ImportLoad::keep_unknown(std::string external_id) {
  ++report_.follows_unknown;
  if (unknown_follows_.size() < max_unknown_follows)
    unknown_follows_.push_back(std::move(external_id));
}

}  // namespace feedctl::imports
