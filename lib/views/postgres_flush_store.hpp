#pragma once
// FlushStore in PostgreSQL.
#include <map>
#include <string>
#include <string_view>

#include "store/database.hpp"
#include "views/flush_store.hpp"

namespace feedctl::views {

class PostgresFlushStore : public FlushStore {
 public:
  using TypesByLabel = std::map<std::string, std::string, std::less<>>;

  // `database` must outlive it and should have the time limits of batch jobs. `types`: of labels
  // that are not made from the name of their type.
  explicit PostgresFlushStore(store::Database& database, TypesByLabel types = {})
      : database_(database), types_(std::move(types)) {}

  std::optional<EpochRecord> current_epoch() override;
  void add_epoch(const std::string& previous, const EpochRecord& next) override;
  void mark_established(const std::string& epoch) override;
  ViewsApplied apply_views(std::span<const SeenView> views) override;
  ImpressionsApplied apply_impressions(const Batch& batch, std::span<const Impressions> counts,
                                       bool drop) override;
  void prune_ledger(std::span<const Batch> batches) override;

 private:
  std::string type_of(const std::string& label) const;

  store::Database& database_;
  const TypesByLabel types_;
};

// The type of the contents that a label counts: "video" for "pages.videocontent"; "" for a label of
// another form.
std::string content_type_of(std::string_view label);

}  // namespace feedctl::views
