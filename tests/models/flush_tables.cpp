#include "flush_tables.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace feedctl::models {

namespace {

u8 with(u8 mask, unsigned more) {
  return static_cast<u8>(mask | more);
}
u8 without(u8 mask, unsigned less) {
  return static_cast<u8>(mask & ~less);
}
u8 bit(int n) {
  return static_cast<u8>(1U << n);
}

u64 ledger_bit(const BatchKey& key) {
  return u64{1} << (16 * (key.epoch - 1) + key.sequence);
}

}  // namespace

u8 RedisTables::held() const {
  u8 held = views;
  for (const auto& row : batches) {
    if (row.key.kind == BatchKind::views) held = with(held, row.payload);
  }
  return held;
}

u8 RedisTables::held_impressions() const {
  u8 held = impressions;
  for (const auto& row : batches) {
    if (row.key.kind > BatchKind::views) held = with(held, row.payload);
  }
  return held;
}

// --- recorders

void FlushStatements::record_view(int view) {
  begin_view(view);
  end_view();
}

void FlushStatements::begin_view(int view) {
  auto& redis = world_.redis;
  world_.acknowledged_views = with(world_.acknowledged_views, redis.viewed & bit(view));
  if (redis.viewed & bit(view)) return;
  redis.viewed = with(redis.viewed, bit(view));
  world_.half_recorded = static_cast<u8>(view + 1);
}

void FlushStatements::end_view() {
  if (world_.half_recorded == 0) return;
  const auto view = bit(world_.half_recorded - 1);
  world_.redis.views = with(world_.redis.views, view);
  world_.acknowledged_views = with(world_.acknowledged_views, view);
  world_.lost_views = without(world_.lost_views, view);
  world_.half_recorded = 0;
}

void FlushStatements::record_impression(int impression) {
  world_.redis.impressions = with(world_.redis.impressions, bit(impression));
  world_.acknowledged = with(world_.acknowledged, bit(impression));
}

// --- Redis

int FlushStatements::find(const BatchKey& key) const {
  for (int i = 0; i < max_batches; ++i) {
    if (world_.redis.batches[i].key == key) return i;
  }
  return -1;
}

void FlushStatements::add(const BatchRow& row) {
  for (auto& place : world_.redis.batches) {
    if (place.key.kind != BatchKind::none) continue;
    place = row;
    return;
  }
  throw std::logic_error("more batches than the model has room for");
}

void FlushStatements::erase(int index) {
  auto& batches = world_.redis.batches;
  std::copy(batches + index + 1, batches + max_batches, batches + index);
  batches[max_batches - 1] = {};
}

FlushStatements::Rotated FlushStatements::rotate(BatchKind kind, u8 epoch, u8 min_sequence) {
  auto& redis = world_.redis;
  const bool is_fenced = fault_ != FlushFault::no_fence;
  if (redis.epoch != epoch || (is_fenced && redis.sequence < min_sequence))
    return Rotated::rolled_back;
  auto& live = kind == BatchKind::views ? redis.views : redis.impressions;
  if (live == 0) return Rotated::empty;
  if (fault_ == FlushFault::fixed_name) {
    redis.sequence = static_cast<u8>(kind);
    const int last = find({kind, epoch, redis.sequence});
    if (last >= 0) erase(last);
  } else {
    const bool counts = fault_ == FlushFault::counted_sequence;
    redis.sequence = static_cast<u8>((counts ? redis.sequence : world_.last_sequence++) + 1);
    if (redis.sequence > max_sequence) throw std::logic_error("too many rotations for the model");
  }
  add({{kind, epoch, redis.sequence}, live, 0});
  live = 0;
  return Rotated::rotated;
}

void FlushStatements::establish(u8 epoch, bool set_live_aside) {
  auto& redis = world_.redis;
  if (redis.epoch == epoch) return;
  redis.epoch = epoch;
  redis.sequence = 0;
  if (!set_live_aside || redis.impressions == 0 || fault_ == FlushFault::live_kept) return;
  add({{BatchKind::doubtful, epoch, 0}, redis.impressions, 0});
  redis.impressions = 0;
}

u8 FlushStatements::read(const BatchKey& key) const {
  const int at = find(key);
  return at < 0 ? u8{0} : world_.redis.batches[at].payload;
}

void FlushStatements::drop(const BatchKey& key) {
  const int at = find(key);
  if (at >= 0) erase(at);
}

void FlushStatements::register_missing() {
  if (fault_ == FlushFault::no_registration) return;
  for (auto& row : world_.redis.batches) row.is_unregistered = 0;
}

// --- PostgreSQL

void FlushStatements::add_epoch(u8 previous, bool drops_live) {
  auto& postgres = world_.postgres;
  const bool one_is_unestablished = postgres.established != bit(postgres.epochs) - 1;
  if (postgres.epochs != previous || one_is_unestablished) return;
  if (postgres.epochs == max_epochs) throw std::logic_error("too many epochs for the model");
  const bool has_applied = postgres.ledger != 0 || fault_ == FlushFault::always_drops;
  if (drops_live && has_applied)
    postgres.drops_live = with(postgres.drops_live, bit(postgres.epochs));
  ++postgres.epochs;
}

void FlushStatements::mark_established(u8 epoch) {
  world_.postgres.established = with(world_.postgres.established, bit(epoch - 1));
}

u8 FlushStatements::apply_views(u8 views) {
  auto& postgres = world_.postgres;
  const auto fresh = without(views, postgres.seen);
  postgres.seen = with(postgres.seen, fresh);
  postgres.view_count = static_cast<u8>(postgres.view_count + std::popcount(fresh));
  return fresh;
}

bool FlushStatements::is_in_ledger(const BatchKey& key) const {
  if (fault_ == FlushFault::no_ledger) return false;
  if (key.kind == BatchKind::doubtful)
    return (world_.postgres.doubtful_ledger & bit(key.epoch - 1)) != 0;
  return (world_.postgres.ledger & ledger_bit(key)) != 0;
}

void FlushStatements::add_to_ledger(const BatchKey& key) {
  auto& postgres = world_.postgres;
  auto& max = postgres.max_sequences[key.epoch - 1];
  max = std::max(max, key.sequence);
  if (key.kind == BatchKind::doubtful)
    postgres.doubtful_ledger = with(postgres.doubtful_ledger, bit(key.epoch - 1));
  else
    postgres.ledger |= ledger_bit(key);
}

void FlushStatements::add_impressions(const BatchKey&, u8 impressions, bool drop) {
  auto& postgres = world_.postgres;
  if (drop) {
    postgres.dropped = with(postgres.dropped, impressions);
    postgres.dropped_count = static_cast<u8>(postgres.dropped_count + std::popcount(impressions));
    return;
  }
  if (postgres.impressions & impressions) wrong = "an impression was counted twice";
  postgres.impressions = with(postgres.impressions, impressions);
}

// --- faults

void FlushStatements::fsync() {
  if (world_.redis_crashes > 0) world_.durable = world_.redis;
}

void FlushStatements::replace_redis(const RedisTables& by) {
  world_.redis = by;
  auto& w = world_;
  w.lost_views =
      with(w.lost_views, without(w.acknowledged_views, unsigned{w.redis.held()} | w.postgres.seen));
  w.lost = with(w.lost, without(w.acknowledged,
                                unsigned{w.redis.held_impressions()} | w.postgres.impressions));
}

void FlushStatements::crash_redis() {
  replace_redis(RedisTables{world_.durable});
  if (--world_.redis_crashes == 0) world_.durable = {};
}

void FlushStatements::flush_all() {
  --world_.flushalls;
  world_.was_restored = 1;
  replace_redis({});
}

void FlushStatements::lose_registry() {
  --world_.registry_losses;
  for (auto& row : world_.redis.batches) row.is_unregistered = row.key.kind != BatchKind::none;
}

void FlushStatements::save_backup() {
  world_.backup = world_.redis;
  world_.has_backup = 1;
}

void FlushStatements::restore() {
  --world_.restores;
  world_.was_restored = 1;
  world_.has_backup = 0;
  replace_redis(RedisTables{world_.backup});
  world_.backup = {};
  fsync();
}

}  // namespace feedctl::models
