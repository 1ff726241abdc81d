#include "commands/conflict_queue.hpp"

#include <functional>

namespace feedctl::commands {

std::size_t ConflictQueue::Hash::operator()(const std::pair<Id, Id>& pair) const {
  const auto mixed = static_cast<std::uint64_t>(pair.first) * 0x9e3779b97f4a7c15U;
  return static_cast<std::size_t>(mixed ^ static_cast<std::uint64_t>(pair.second));
}

std::size_t ConflictQueue::Hash::operator()(const std::pair<Id, std::string_view>& key) const {
  return std::hash<std::string_view>{}(key.second) ^ static_cast<std::size_t>(key.first);
}

bool ConflictQueue::push(PendingCommandPtr command) {
  if (!try_make_ready(command, ready_)) {
    auto& blocked = blocked_[command->actor];
    if (blocked.size() >= max_blocked_per_user)
      size_ -= std::erase_if(blocked, [](const auto& one) { return one->is_completed(); });
    if (blocked.size() >= max_blocked_per_user) return false;
    blocked.push_back(std::move(command));
  }
  ++size_;
  return true;
}

// False if a ready command, always of the same user, conflicts. A new row goes to the end of
// `rows`.
bool ConflictQueue::try_make_ready(const PendingCommandPtr& command, Rows& rows) {
  const auto& key = command->key;
  if (key && ready_keys_.count({command->actor, key->hash}) != 0) return false;
  const auto [at, fresh] = ready_pairs_.try_emplace({command->actor, command->object});
  if (!fresh) {
    auto& row = *at->second;
    if (key || row.front()->key) return false;
    row.push_back(command);
    return true;
  }
  at->second = rows.insert(rows.end(), SharedRow{command});
  if (key) ready_keys_.emplace(command->actor, key->hash);
  return true;
}

Batch ConflictQueue::take_batch(std::size_t max_rows) {
  Batch batch;
  std::vector<Id> unblocked;  // actors with blocked commands
  while (!ready_.empty() && batch.rows.size() < max_rows) {
    auto row = std::move(ready_.front());
    ready_.pop_front();
    size_ -= row.size();
    const auto& first = *row.front();
    release_keys(first);
    if (blocked_.count(first.actor) != 0) unblocked.push_back(first.actor);
    std::erase_if(row, [](const auto& command) { return !command->try_claim(); });
    if (!row.empty()) batch.rows.push_back(std::move(row));
  }
  Rows older;
  for (const auto actor : unblocked) unblock(actor, older);
  ready_.splice(ready_.begin(), older);
  return batch;
}

void ConflictQueue::release_keys(const PendingCommand& first) {
  ready_pairs_.erase({first.actor, first.object});
  if (first.key) ready_keys_.erase({first.actor, first.key->hash});
}

void ConflictQueue::unblock(Id actor, Rows& rows) {
  const auto at = blocked_.find(actor);
  if (at == blocked_.end()) return;
  std::erase_if(at->second, [&](const auto& command) {
    if (command->is_completed()) {
      --size_;
      return true;
    }
    return try_make_ready(command, rows);
  });
  if (at->second.empty()) blocked_.erase(at);
}

}  // namespace feedctl::commands
