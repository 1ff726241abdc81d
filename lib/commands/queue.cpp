#include "commands/queue.hpp"

#include <functional>

namespace feedctl::commands {

std::size_t Queue::Hash::operator()(const std::pair<Id, Id>& pair) const {
  const auto mixed = static_cast<std::uint64_t>(pair.first) * 0x9e3779b97f4a7c15U;
  return static_cast<std::size_t>(mixed ^ static_cast<std::uint64_t>(pair.second));
}

std::size_t Queue::Hash::operator()(const std::pair<Id, std::string_view>& key) const {
  return std::hash<std::string_view>{}(key.second) ^ static_cast<std::size_t>(key.first);
}

bool Queue::push(WaitingPtr waiting) {
  if (!make_ready(waiting, ready_)) {
    auto& behind = behind_[waiting->actor];
    if (behind.size() >= most_behind)
      size_ -= std::erase_if(behind, [](const auto& one) { return one->answered(); });
    if (behind.size() >= most_behind) return false;
    behind.push_back(std::move(waiting));
  }
  ++size_;
  return true;
}

// False where something that is ready stands in its way, which is always its own user's. `rows`:
// where a row of its own goes.
bool Queue::make_ready(const WaitingPtr& waiting, Rows& rows) {
  const auto& key = waiting->key;
  if (key && keys_.count({waiting->actor, key->hash}) != 0) return false;
  const auto [at, fresh] = pairs_.try_emplace({waiting->actor, waiting->object});
  if (!fresh) {
    auto& row = *at->second;
    if (key || row.front()->key) return false;
    row.push_back(waiting);
    return true;
  }
  at->second = rows.insert(rows.end(), SharedRow{waiting});
  if (key) keys_.emplace(waiting->actor, key->hash);
  return true;
}

Batch Queue::take(std::size_t most) {
  Batch batch;
  std::vector<Id> gone;  // who have others behind
  while (!ready_.empty() && batch.rows.size() < most) {
    auto row = std::move(ready_.front());
    ready_.pop_front();
    size_ -= row.size();
    const auto& first = *row.front();
    forget(first);
    if (behind_.count(first.actor) != 0) gone.push_back(first.actor);
    std::erase_if(row, [](const auto& waiting) { return !waiting->goes_out(); });
    if (!row.empty()) batch.rows.push_back(std::move(row));
  }
  Rows older;
  for (const auto actor : gone) bring_forward(actor, older);
  ready_.splice(ready_.begin(), older);
  return batch;
}

void Queue::forget(const Waiting& first) {
  pairs_.erase({first.actor, first.object});
  if (first.key) keys_.erase({first.actor, first.key->hash});
}

void Queue::bring_forward(Id actor, Rows& rows) {
  const auto at = behind_.find(actor);
  if (at == behind_.end()) return;
  std::erase_if(at->second, [&](const auto& waiting) {
    if (waiting->answered()) {
      --size_;
      return true;
    }
    return make_ready(waiting, rows);
  });
  if (at->second.empty()) behind_.erase(at);
}

}  // namespace feedctl::commands
