#include "flush_port.hpp"

#include <bit>
#include <stdexcept>

namespace feedctl::models {

namespace {

using namespace std::chrono_literals;

constexpr auto horizon = 3001ms;

std::string epoch_name(int epoch) {
  return "e" + std::to_string(epoch);
}
u8 epoch_number(const std::string& name) {
  return name.empty() ? u8{0} : static_cast<u8>(name.at(1) - '0');
}

// Eight bits of a call's answer.
CallResult pack(const BatchKey& key) {
  return static_cast<CallResult>(key.kind) | static_cast<CallResult>(key.epoch - 1) << 2 |
         CallResult{key.sequence} << 4;
}
BatchKey unpack(CallResult word) {
  return {static_cast<BatchKind>(word & 3), static_cast<u8>((word >> 2 & 3) + 1),
          static_cast<u8>(word >> 4 & 15)};
}

views::Batch to_batch(const BatchKey& key) {
  const bool counts = key.kind != BatchKind::views;
  std::string id = key.kind == BatchKind::views         ? "v:"
                   : key.kind == BatchKind::impressions ? "i:"
                                                        : "t:";
  id += epoch_name(key.epoch);
  if (key.kind != BatchKind::doubtful) id += ":" + std::to_string(key.sequence);
  if (counts) id += ":pages.videocontent";
  auto batch = views::Batch::parse(id);
  if (!batch) throw std::logic_error("the flush does not know this batch: " + id);
  return *batch;
}

BatchKey to_key(const views::Batch& batch) {
  const auto kind = batch.kind == views::Batch::Kind::views         ? BatchKind::views
                    : batch.kind == views::Batch::Kind::impressions ? BatchKind::impressions
                                                                    : BatchKind::doubtful;
  return {kind, epoch_number(batch.epoch), static_cast<u8>(batch.sequence)};
}

}  // namespace

FlushPort::FlushPort(FlushWorld& world, FlushModel::Flusher& flusher, FlushFault fault, u8 action,
                     bool yields)
    : world_(world),
      flusher_(flusher),
      fault_(fault),
      action_(action),
      yields_(yields),
      replay_(flusher.script),
      sql_(world, fault) {}

// The action is about the call that yields.
template <typename Work>
CallResult FlushPort::call(FlushOp op, bool yields, Work&& work) {
  yields = yields && yields_;
  try {
    return replay_.call(op, yields, [&]() -> CallResult {
      if (yields && action_ == flush_fail) return transient_failure;
      if (is_redis(op) && flusher_.has_lost_connection) {
        flusher_.has_lost_connection = 0;
        return transient_failure;
      }
      const auto answer = static_cast<CallResult>(work());
      return yields && action_ == flush_doubt ? transient_failure : answer;
    });
  } catch (const Error&) {
    repeats_ = true;
    throw;
  }
}

// --- the process

views::FlushOptions FlushPort::options(bool waits) {
  views::FlushOptions options;
  options.wait_for_horizon = waits;
  options.clock = [this] { return clock_; };
  options.sleep = [this](std::chrono::milliseconds) { sleep(); };
  return options;
}

// Time passes for a process only here, and all that is in Redis by now becomes durable meanwhile. A
// pause before a repetition may be short.
void FlushPort::sleep() {
  if (std::exchange(repeats_, false)) return;
  call(flush_sleep, true, [&]() -> CallResult {
    sql_.fsync();
    return 0;
  });
  clock_ += horizon;
}

void FlushPort::run(int runs) {
  views::Flush flush(*this, *this, options(runs == 1));
  for (int n = 0; n < runs; ++n) {
    has_listed_ = repeats_ = false;
    try {
      if (n > 0) {
        call(flush_period, true, [&]() -> CallResult {
          sql_.fsync();
          return 0;
        });
        clock_ += horizon;
      }
      note(flush.run());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) wrong_ = error.what();
    }
  }
}

void FlushPort::note(const views::FlushReport& report) {
  if (report.failed > 0) wrong_ = "a batch could not be applied";
  call(flush_report, false, [&]() -> CallResult {
    world_.reported_dropped = static_cast<u8>(world_.reported_dropped + report.dropped);
    world_.reported_rollbacks = static_cast<u8>(world_.reported_rollbacks + report.rollbacks);
    return 0;
  });
}

// --- Redis

views::Durability FlushPort::durability() {
  call(flush_connect, false, []() -> CallResult { return 0; });
  const bool always = fault_ == FlushFault::no_horizon;
  return {true, always ? "always" : "everysec", "noeviction", false};
}

void FlushPort::establish_epoch(const std::string& epoch, bool set_live_aside) {
  call(flush_establish, true, [&]() -> CallResult {
    sql_.establish(epoch_number(epoch), set_live_aside);
    return 0;
  });
}

views::Rotation FlushPort::rotate(FlushOp op, BatchKind kind, const views::Fence& fence) {
  const auto answer = call(op, true, [&]() -> CallResult {
    const auto rotated =
        sql_.rotate(kind, epoch_number(fence.epoch), static_cast<u8>(fence.min_sequence));
    if (rotated != FlushStatements::Rotated::rotated) return static_cast<CallResult>(rotated);
    const auto& redis = world_.redis;
    return pack({kind, redis.epoch, redis.sequence}) << 2;
  });
  if (answer == 1) return views::Rotation::empty;
  if (answer == 2) return views::Rotation::rolled_back;
  if (fault_ == FlushFault::no_registry) own_.push_back(unpack(answer >> 2));
  return views::Rotation::rotated;
}

views::Rotation FlushPort::rotate_views(const views::Fence& fence) {
  return rotate(flush_rotate_views, BatchKind::views, fence);
}

views::Rotation FlushPort::rotate_impressions(const std::string&, const views::Fence& fence) {
  return rotate(flush_rotate_impressions, BatchKind::impressions, fence);
}

bool FlushPort::knows(const BatchKey& key) const {
  if (fault_ != FlushFault::no_registry) return true;
  for (const auto& own : own_) {
    if (own == key) return true;
  }
  return false;
}

// A run's first list only counts what earlier runs left: to answer "none" saves half of the states.
std::vector<views::Batch> FlushPort::batches() {
  if (!std::exchange(has_listed_, true)) return {};
  const auto answer = call(flush_list, true, [&]() -> CallResult {
    CallResult packed = 0;
    for (int i = 0; i < max_batches; ++i) {
      auto [key, payload, is_unregistered] = world_.redis.batches[i];
      if (key.kind == BatchKind::none || is_unregistered) continue;
      packed |= pack(key) << (8 * i);
    }
    return packed;
  });
  std::vector<views::Batch> batches;
  for (auto rest = answer; rest != 0; rest >>= 8) {
    if (knows(unpack(rest))) batches.push_back(to_batch(unpack(rest)));
  }
  return batches;
}

std::size_t FlushPort::register_missing_batches() {
  call(flush_register, false, [&]() -> CallResult {
    sql_.register_missing();
    return 0;
  });
  return 0;
}

// Nothing stands behind a batch's end, whether it is still there or not.
std::vector<views::SeenView> FlushPort::read_views(const views::Batch& batch, std::size_t from,
                                                   std::size_t) {
  if (from > 0) return {};
  const auto answer =
      call(flush_read, true, [&]() -> CallResult { return sql_.read(to_key(batch)); });
  std::vector<views::SeenView> views;
  for (int view = 7; view >= 0; --view) {
    if (answer >> view & 1) views.push_back({view / 2 + 1, view % 2 + 1, 1});
  }
  return views;
}

std::vector<views::Impressions> FlushPort::read_impressions(const views::Batch& batch) {
  const auto answer =
      call(flush_read, true, [&]() -> CallResult { return sql_.read(to_key(batch)); });
  impressions_read_ = static_cast<u8>(answer);
  if (answer == 0) return {};
  return {{1, std::popcount(answer)}};
}

void FlushPort::drop(const views::Batch& batch) {
  call(flush_drop, true, [&]() -> CallResult {
    sql_.drop(to_key(batch));
    return 0;
  });
}

// --- PostgreSQL

std::optional<views::EpochRecord> FlushPort::current_epoch() {
  const auto answer = call(flush_read_epoch, true, [&]() -> CallResult {
    const auto& postgres = world_.postgres;
    if (postgres.epochs == 0) return 0;
    const int n = postgres.epochs - 1;
    return CallResult{postgres.epochs} | CallResult{postgres.max_sequences[n]} << 8 |
           static_cast<CallResult>(postgres.drops_live >> n & 1) << 16 |
           static_cast<CallResult>(postgres.established >> n & 1) << 17;
  });
  if (answer == 0) return std::nullopt;
  return views::EpochRecord{epoch_name(static_cast<int>(answer & 0xFF)),
                            static_cast<std::int64_t>(answer >> 8 & 0xFF), (answer >> 16 & 1) != 0,
                            (answer >> 17 & 1) != 0};
}

// The model names the epochs: the code's own name for one is random.
void FlushPort::add_epoch(const std::string& previous, const views::EpochRecord& next) {
  call(flush_add_epoch, true, [&]() -> CallResult {
    sql_.add_epoch(epoch_number(previous), next.drops_live);
    return 0;
  });
}

void FlushPort::mark_established(const std::string& epoch) {
  call(flush_mark_epoch, true, [&]() -> CallResult {
    sql_.mark_established(epoch_number(epoch));
    return 0;
  });
}

views::ViewsApplied FlushPort::apply_views(std::span<const views::SeenView> views) {
  u8 mask = 0;
  for (const auto& view : views)
    mask = static_cast<u8>(mask | 1 << ((view.post - 1) * 2 + view.user - 1));
  const auto answer =
      call(flush_apply_views, true, [&]() -> CallResult { return sql_.apply_views(mask); });
  views::ViewsApplied applied;
  applied.counted = std::popcount(answer);
  applied.repeated = static_cast<std::int64_t>(views.size()) - applied.counted;
  for (int post = 0; post < 4; ++post) {
    if (answer >> (2 * post) & 3) applied.posts.push_back(post + 1);
  }
  return applied;
}

// Two transactions in the place of one. True: the batch was applied before.
bool FlushPort::apply_apart(const BatchKey& key, bool drop) {
  const bool ledger_first = fault_ == FlushFault::ledger_first;
  const auto was_applied = call(flush_apply_impressions, true, [&]() -> CallResult {
    if (sql_.is_in_ledger(key)) return 1;
    if (ledger_first) sql_.add_to_ledger(key);
    if (!ledger_first) sql_.add_impressions(key, impressions_read_, drop);
    return 0;
  });
  if (was_applied) return true;
  call(flush_finish_impressions, true, [&]() -> CallResult {
    if (!ledger_first) sql_.add_to_ledger(key);
    if (ledger_first) sql_.add_impressions(key, impressions_read_, drop);
    return 0;
  });
  return false;
}

views::ImpressionsApplied FlushPort::apply_impressions(const views::Batch& batch,
                                                       std::span<const views::Impressions> counts,
                                                       bool drop) {
  const auto key = to_key(batch);
  views::ImpressionsApplied applied;
  if (fault_ == FlushFault::ledger_first || fault_ == FlushFault::counters_first) {
    applied.was_applied = apply_apart(key, drop);
  } else {
    applied.was_applied = call(flush_apply_impressions, true, [&]() -> CallResult {
                            if (sql_.is_in_ledger(key)) return 1;
                            sql_.add_to_ledger(key);
                            sql_.add_impressions(key, impressions_read_, drop);
                            return 0;
                          }) == 1;
  }
  if (applied.was_applied) return applied;
  (drop ? applied.orphaned : applied.impressions) = counts.front().count;
  applied.contents = drop ? 0 : 1;
  return applied;
}

}  // namespace feedctl::models
