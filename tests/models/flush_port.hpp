#pragma once
// Redis and PostgreSQL as views::Flush sees them, over FlushWorld.
#include <vector>

#include "flush_model.hpp"
#include "views/counter_buffer.hpp"
#include "views/flush.hpp"
#include "views/flush_store.hpp"

namespace feedctl::models {

enum FlushOp : u8 {
  flush_none,
  // PostgreSQL
  flush_read_epoch,
  flush_add_epoch,
  flush_mark_epoch,
  flush_apply_views,
  flush_apply_impressions,
  flush_finish_impressions,  // the second half, where a fault takes them apart
  // Redis
  flush_establish,
  flush_rotate_views,
  flush_rotate_impressions,
  flush_list,
  flush_read,
  flush_drop,
  flush_register,
  flush_connect,
  // neither
  flush_sleep,
  flush_period,
  flush_report
};
inline bool is_redis(u8 op) {
  return op >= flush_establish && op <= flush_connect;
}
inline bool is_sleep(u8 op) {
  return op >= flush_sleep;
}
inline bool writes(u8 op) {
  return op != flush_read_epoch && op != flush_list && op != flush_read && !is_sleep(op);
}

// What becomes of the call at which a flush stands.
enum FlushAction : u8 { flush_go, flush_fail, flush_doubt, flush_die, flush_reconnect };

class FlushPort final : public views::CounterBuffer, public views::FlushStore {
 public:
  // `yields`: the code stands still between two calls.
  FlushPort(FlushWorld& world, FlushModel::Flusher& flusher, FlushFault fault, u8 action,
            bool yields = true);

  // The process of a flush: so many runs, with a period in between.
  void run(int runs);
  std::string wrong() const { return wrong_.empty() ? sql_.wrong : wrong_; }

  views::Durability durability() override;
  views::ServerState server_state() override { return {}; }  // it does not tell
  void remember_server(const std::string&) override {}
  void establish_epoch(const std::string& epoch, bool set_live_aside) override;
  std::vector<std::string> labels() override { return {"pages.videocontent"}; }
  views::Rotation rotate_views(const views::Fence& fence) override;
  views::Rotation rotate_impressions(const std::string& label, const views::Fence& fence) override;
  std::vector<views::Batch> batches() override;
  std::size_t register_missing_batches() override;
  std::vector<views::SeenView> read_views(const views::Batch& batch, std::size_t from,
                                          std::size_t max_views) override;
  std::vector<views::Impressions> read_impressions(const views::Batch& batch) override;
  void drop(const views::Batch& batch) override;
  Live live() override { throw std::logic_error("a flush need not know it"); }

  std::optional<views::EpochRecord> current_epoch() override;
  void add_epoch(const std::string& previous, const views::EpochRecord& next) override;
  void mark_established(const std::string& epoch) override;
  views::ViewsApplied apply_views(std::span<const views::SeenView> views) override;
  views::ImpressionsApplied apply_impressions(const views::Batch& batch,
                                              std::span<const views::Impressions> counts,
                                              bool drop) override;
  void prune_ledger(std::span<const views::Batch>) override {}  // seven days do not pass

 private:
  template <typename Work>
  CallResult call(FlushOp op, bool yields, Work&& work);
  views::Rotation rotate(FlushOp op, BatchKind kind, const views::Fence& fence);
  bool knows(const BatchKey& key) const;
  bool apply_apart(const BatchKey& key, bool drop);
  void sleep();
  void note(const views::FlushReport& report);
  views::FlushOptions options(bool waits);

  FlushWorld& world_;
  FlushModel::Flusher& flusher_;
  const FlushFault fault_;
  const u8 action_;
  const bool yields_;
  CallReplayer<FlushModel::max_calls> replay_;
  FlushStatements sql_;
  std::string wrong_;
  // Of the run so far, so each replay has them again.
  views::FlushOptions::Clock::time_point clock_{};
  bool repeats_ = false;     // the last call has failed
  bool has_listed_ = false;  // the batches that earlier runs left
  u8 impressions_read_ = 0;
  std::vector<BatchKey> own_;  // rotated by this process
};

}  // namespace feedctl::models
