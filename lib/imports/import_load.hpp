#pragma once
// The loader of imports: writes what a reader tells to PostgreSQL, while serve and work run.
//
// The account becomes a user with its first post or follow, or at the end, so that an archive which
// is refused before leaves nothing. Its posts keep their times, and it follows the accounts that
// were imported before. Each transaction adds a batch of posts with counters and events, and what
// was imported once is never added again: an import that was killed continues when it runs again,
// and several may run at once. Posts come checked, from deliver_post() (imports/post_checks.hpp).
// Memory: two batches and the ids of followed accounts. Calls and callbacks are of one thread.
// Errors are those of the store, of the account (imports/account_claim.hpp) and Error(failed) for a
// stop.
#include <array>
#include <cstddef>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "imports/account_claim.hpp"
#include "imports/import_sink.hpp"
#include "imports/post_batch.hpp"
#include "store/database.hpp"

namespace feedctl::imports {

struct ImportOptions {
  std::optional<std::string> as_handle;  // the user that the account becomes
  bool without_replies = false;
  std::size_t posts_per_transaction = 5000;
  // Receives the number of posts done since the last call; false stops.
  std::function<bool(std::size_t posts)> on_posts;
};

struct ImportReport {
  std::string account;  // "twitter:12345"
  std::string handle;
  Id user = 0;  // 0: a dry run, and the user does not exist yet
  std::size_t posts_added = 0, posts_known = 0, cut = 0;
  std::size_t follows_added = 0;
  std::size_t follows_unknown = 0;  // of accounts that were not imported
  std::array<std::size_t, skip_reason_count> left_out{};

  std::size_t left_out_for(SkipReason reason) const {
    return left_out[static_cast<std::size_t>(reason)];
  }
};

class ImportLoad : public ImportSink {
 public:
  // A database with dry_run set gets no rows; the report says what would be added.
  ImportLoad(store::Database& database, ImportOptions options);

  void on_account(const ImportedAccount& account) override;
  void on_post(ImportedPost post) override;
  void on_follow(const std::string& external_id) override;
  void on_skipped(SkipReason reason) override;

  // Writes what is left, and no post comes after it. Error(bad_data) if no account was named.
  void finish();
  // After an error: waits for the batch that is being written, and counts it.
  void settle();
  // Follows the accounts that finish() did not know, and that were imported since.
  void retry_unknown_follows();
  const ImportReport& report() const { return report_; }

 private:
  void require_user();
  void find_user();
  PostBatch& batch() { return *batches_[filled_]; }
  void start_writing();
  void await_written();
  void write_follows();
  void keep_unknown(std::string external_id);

  store::Database& database_;
  const ImportOptions options_;
  ImportReport report_;
  std::optional<ImportedAccount> account_;
  std::vector<std::string> follows_;          // that are not written yet
  std::vector<std::string> unknown_follows_;  // at most max_unknown_follows
  // While one batch is filled, another thread writes the other one.
  std::array<std::optional<PostBatch>, 2> batches_;
  std::size_t filled_ = 0;
  std::size_t written_size_ = 0;
  std::future<PostBatch::Written> written_;  // last: its destructor waits for the other thread
};

}  // namespace feedctl::imports
