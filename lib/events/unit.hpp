#pragma once
// One transaction of a worker: the effects of a batch or of a job's chunk, and the new position or
// cursor, which commit together. Not thread-safe.
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "events/events.hpp"
#include "store/database.hpp"

namespace feedctl::events {

class Unit {
 public:
  explicit Unit(store::WriteTx tx) : tx_(std::move(tx)) {}

  store::WriteTx& tx() { return tx_; }
  // What may only happen once the effects are there, such as dropping cached copies. Must not
  // throw.
  void after_commit(std::function<void()> what) { after_.push_back(std::move(what)); }

  // For trying a part of the unit.
  void savepoint() {
    tx_.savepoint();
    kept_ = after_.size();
  }
  void rollback_to_savepoint() {
    tx_.rollback_to_savepoint();
    after_.resize(kept_);
  }
  void commit() {
    tx_.commit();
    for (const auto& what : after_) what();
  }

 private:
  store::WriteTx tx_;
  std::vector<std::function<void()>> after_;
  std::size_t kept_ = 0;
};

// What a feature does about a batch. Looks at the truth as it is now, in statements of the unit,
// and only adds: order, repeats and pauses of events change nothing. It gets every event of the
// batch and picks its own types. What it throws fails the batch, which is then run event by event.
using Handler = std::function<void(Unit&, std::span<const Event>)>;

}  // namespace feedctl::events
