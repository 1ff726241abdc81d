#pragma once
// FlushStore in PostgreSQL.
#include "store/database.hpp"
#include "views/flush_store.hpp"

namespace feedctl::views {

class PostgresFlushStore : public FlushStore {
 public:
  // `database` must outlive it and should have the time limits of batch jobs.
  explicit PostgresFlushStore(store::Database& database) : database_(database) {}

  std::optional<EpochRecord> current_epoch() override;
  void add_epoch(const std::string& previous, const EpochRecord& next) override;
  void mark_established(const std::string& epoch) override;
  ViewsApplied apply_views(std::span<const SeenView> views) override;
  ImpressionsApplied apply_impressions(const Batch& batch, std::span<const Impressions> counts,
                                       bool drop) override;
  void prune_ledger(std::span<const Batch> batches) override;

 private:
  store::Database& database_;
};

// The type of the contents that a label counts: "video" for "pages.videocontent"; "" for a label of
// another form.
std::string content_type_of(std::string_view label);

}  // namespace feedctl::views
