#include "command_history.hpp"

namespace feedctl::models {

using events::Type;

CommandHistory::CommandHistory(const IndexConfig& config) : config_(config) {
  for (u8 author = 1; author <= config.authors; ++author) {
    Mask before = 0;
    for (int i = 0; i < config.toggles; ++i) {
      const bool follows = (config.follows >> author & 1) != i % 2;
      events_.push_back({follows ? Type::user_unfollowed : Type::user_followed, author, before});
      before = 1U << (events_.size() - 1);
    }
  }
  for (u8 post = 0; post < posts(); ++post) {
    Mask before = 0;
    if (!(config.live >> post & 1)) {
      events_.push_back({Type::post_created, post, 0});
      before = 1U << (events_.size() - 1);
    }
    if (config.hides >> post & 1) {
      events_.push_back({Type::post_hidden, post, before});
      events_.push_back({Type::post_unhidden, post, 1U << (events_.size() - 1)});
    }
    if (config.deletes >> post & 1) events_.push_back({Type::post_deleted, post, before});
  }
  for (u8 who = 0; who <= config.authors; ++who) {
    if (config.account_deletions >> who & 1) events_.push_back({Type::user_deleted, who, 0});
    if (!(config.suspensions >> who & 1)) continue;
    events_.push_back({Type::user_suspended, who, 0});
    events_.push_back({Type::user_reinstated, who, 1U << (events_.size() - 1)});
  }
}

events::Event CommandHistory::event(int bit) const {
  const auto& command = events_[static_cast<std::size_t>(bit)];
  events::Event event;
  event.xid = xid(bit);
  event.id = bit + 1;
  event.type = command.type;
  switch (command.type) {
    case Type::user_followed:
    case Type::user_unfollowed:
      event.actor = reader_id;
      event.object = account(command.about);
      break;
    case Type::post_created:
    case Type::post_deleted:
    case Type::post_hidden:
    case Type::post_unhidden:
      event.actor = author_of(command.about);
      event.object = post_id(command.about);
      break;
    default:
      event.actor = event.object = account(command.about);
  }
  return event;
}

// Who has left does nothing any more, and nobody follows them anew; their posts are deleted later.
// A deleted post is neither hidden nor shown again: these commands lock its row, so their events
// come before the delete's. A command may have read that its user is active before the suspension
// is committed.
bool CommandHistory::may_commit(Mask now, int bit) const {
  const auto& command = events_[static_cast<std::size_t>(bit)];
  if (now >> bit & 1 || (now & command.after) != command.after) return false;
  if (command.type == Type::post_hidden || command.type == Type::post_unhidden)
    return !is_deleted(now, command.about);
  const auto gone = expected_state(now).deleted_accounts;
  if (command.type == Type::user_deleted || command.type == Type::post_deleted ||
      command.type == Type::user_suspended || command.type == Type::user_reinstated)
    return true;
  if (command.type == Type::user_followed || command.type == Type::user_unfollowed) {
    return !(gone & 1) && !(gone >> command.about & 1);
  }
  return !(gone >> config_.author_of[command.about] & 1);
}

bool CommandHistory::is_deleted(Mask now, u8 post) const {
  for (int bit = 0; bit < events(); ++bit) {
    const auto& command = events_[static_cast<std::size_t>(bit)];
    if (now >> bit & 1 && command.type == Type::post_deleted && command.about == post) return true;
  }
  return false;
}

CommandHistory::ExpectedState CommandHistory::expected_state(Mask at) const {
  ExpectedState truth{config_.follows, config_.live, 0, 0, 0};
  for (int bit = 0; bit < events(); ++bit) {
    if (!(at >> bit & 1)) continue;
    const auto& command = events_[static_cast<std::size_t>(bit)];
    const auto one = static_cast<u8>(1U << command.about);
    switch (command.type) {
      case Type::user_followed:
        truth.follows = static_cast<u8>(truth.follows | one);
        break;
      case Type::user_unfollowed:
        truth.follows = static_cast<u8>(truth.follows & ~one);
        break;
      case Type::post_created:
        truth.live = static_cast<u8>(truth.live | one);
        break;
      case Type::post_deleted:
        truth.live = static_cast<u8>(truth.live & ~one);
        break;
      case Type::post_hidden:
        truth.hidden_posts = static_cast<u8>(truth.hidden_posts | one);
        break;
      case Type::post_unhidden:
        truth.hidden_posts = static_cast<u8>(truth.hidden_posts & ~one);
        break;
      case Type::user_suspended:
        truth.suspended = static_cast<u8>(truth.suspended | one);
        break;
      case Type::user_reinstated:
        truth.suspended = static_cast<u8>(truth.suspended & ~one);
        break;
      default:
        truth.deleted_accounts = static_cast<u8>(truth.deleted_accounts | one);
    }
  }
  for (int post = 0; post < posts(); ++post) {
    if (truth.deleted_accounts >> config_.author_of[static_cast<std::size_t>(post)] & 1) {
      truth.live = static_cast<u8>(truth.live & ~(1U << post));
    }
  }
  return truth;
}

std::vector<Id> CommandHistory::feed(Mask at, Id before, std::size_t limit) const {
  const auto now = expected_state(at);
  std::vector<Id> feed;
  if (now.hidden() & 1) return feed;
  for (int post = posts() - 1; post >= 0 && feed.size() < limit; --post) {
    const auto author = config_.author_of[static_cast<std::size_t>(post)];
    const bool followed = author == 0 || now.follows >> author & 1;
    if (now.hidden() >> author & 1 || now.hidden_posts >> post & 1) continue;
    if (followed && now.live >> post & 1 && post_id(post) < before) feed.push_back(post_id(post));
  }
  return feed;
}

bool CommandHistory::anything_below(Mask at, Id floor) const {
  for (int post = 0; post < posts() && post_id(post) < floor; ++post) {
    if (config_.live >> post & 1) return true;
    for (int bit = 0; bit < events(); ++bit) {
      const auto& command = events_[static_cast<std::size_t>(bit)];
      if (at >> bit & 1 && command.type == Type::post_created && command.about == post) return true;
    }
  }
  return false;
}

events::PgSnapshot CommandHistory::snapshot(Mask at) {
  events::PgSnapshot snapshot{first_xid, first_xid, {}};
  for (int bit = 0; bit < 32; ++bit) {
    if (at >> bit & 1) snapshot.xmax = xid(bit) + 1;
  }
  for (auto id = snapshot.xmin; id < snapshot.xmax; ++id) {
    if (!(at >> (id - first_xid) & 1)) snapshot.xip.push_back(id);
  }
  snapshot.xmin = snapshot.xip.empty() ? snapshot.xmax : snapshot.xip.front();
  return snapshot;
}

Mask CommandHistory::seen_by(const events::PgSnapshot& snapshot) {
  Mask seen = 0;
  for (int bit = 0; bit < 32; ++bit) {
    if (snapshot.is_visible(xid(bit))) seen |= 1U << bit;
  }
  return seen;
}

}  // namespace feedctl::models
