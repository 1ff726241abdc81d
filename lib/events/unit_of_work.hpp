#pragma once
// A unit of work: one transaction of a worker with the effects of a batch or of a job's chunk and
// the new position or cursor. Not thread-safe.
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "events/events.hpp"
#include "store/database.hpp"

namespace feedctl::events {

class UnitOfWork {
 public:
  explicit UnitOfWork(store::WriteTx tx) : tx_(std::move(tx)) {}

  store::WriteTx& tx() { return tx_; }
  // Adds a callback for after the commit, such as dropping cached copies. It must not throw.
  void after_commit(std::function<void()> callback) {
    after_commit_callbacks_.push_back(std::move(callback));
  }

  // At most one savepoint at a time. Callbacks added since go with the rollback.
  void savepoint() {
    tx_.savepoint();
    savepoint_size_ = after_commit_callbacks_.size();
  }
  void rollback_to_savepoint() {
    tx_.rollback_to_savepoint();
    after_commit_callbacks_.resize(savepoint_size_);
  }
  void commit() {
    tx_.commit();
    for (const auto& callback : after_commit_callbacks_) callback();
  }

 private:
  store::WriteTx tx_;
  std::vector<std::function<void()>> after_commit_callbacks_;
  std::size_t savepoint_size_ = 0;
};

// A feature's handler of a batch. It reads the current truth in statements of the unit and only
// adds: order, repeats and pauses of events change nothing. It gets every event of the batch and
// picks its own types. If it throws, the batch fails and runs again event by event.
using Handler = std::function<void(UnitOfWork&, std::span<const Event>)>;

}  // namespace feedctl::events
