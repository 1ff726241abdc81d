#include "views/view_targets.hpp"

#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "sql/views.hpp"

namespace feedctl::views {

namespace {

constexpr std::chrono::seconds pause_after_failure{1};
constexpr std::size_t max_entries = 100'000;  // of posts, and of users; some 60 bytes each

}  // namespace

ViewTargets::Found ViewTargets::find(std::span<const Id> posts, std::span<const Id> users) {
  Found found;
  std::vector<Id> unknown_posts, unknown_users;
  {
    const std::lock_guard lock(mutex_);
    const auto fresh_from = Clock::now() - max_age_;
    for (const auto id : posts) {
      const auto entry = posts_.find(id);
      if (entry != posts_.end()) found.posts[id] = entry->second.post;
      if (entry == posts_.end() || entry->second.read_at < fresh_from) unknown_posts.push_back(id);
    }
    for (const auto id : users) {
      const auto entry = users_.find(id);
      if (entry != users_.end()) found.users[id] = true;
      if (entry == users_.end() || entry->second < fresh_from) unknown_users.push_back(id);
    }
  }
  if (!unknown_posts.empty() || !unknown_users.empty()) load(unknown_posts, unknown_users, found);
  return found;
}

void ViewTargets::load(std::span<const Id> posts, std::span<const Id> users, Found& found) {
  const std::vector<std::int64_t> post_ids(posts.begin(), posts.end());
  const std::vector<std::int64_t> user_ids(users.begin(), users.end());
  const auto read_at = Clock::now();
  std::uint64_t changes_before = 0;
  {
    const std::lock_guard lock(mutex_);
    found.is_complete = read_at >= next_load_;
    changes_before = changes_;
  }
  if (!found.is_complete) return;
  std::optional<store::Result> rows;
  try {
    rows = database_.read(sql::views::resolve, store::params(post_ids, user_ids));
  } catch (const Error& error) {
    log::debug("the posts of views cannot be read", {{"error", error.what()}});
    found.is_complete = false;
    const std::lock_guard lock(mutex_);
    next_load_ = Clock::now() + pause_after_failure;
    return;
  }
  for (const auto id : posts) found.posts.erase(id);
  for (const auto id : users) found.users[id] = false;
  const std::lock_guard lock(mutex_);
  const bool keep = changes_ == changes_before;
  for (const auto id : posts) posts_.erase(id);
  for (const auto id : users) users_.erase(id);
  for (const auto row : *rows) {
    const auto id = row.integer(0);
    if (row.is_null(1)) {
      found.users[id] = true;
      const bool suspended = row.integer(2) != 0;
      if (suspended) found.suspended.insert(id);
      if (keep && !suspended) users_[id] = read_at;
    } else {
      const Post post{row.integer(1), row.integer(2)};
      found.posts[id] = post;
      if (keep) posts_[id] = {post, read_at};
    }
  }
  shrink();
}

// Forgets everything when there is too much: what is asked for is soon known again.
void ViewTargets::shrink() {
  if (posts_.size() > max_entries) posts_.clear();
  if (users_.size() > max_entries) users_.clear();
}

void ViewTargets::set_views(Id post, std::int64_t views) {
  const std::lock_guard lock(mutex_);
  const auto entry = posts_.find(post);
  if (entry != posts_.end() && entry->second.post.views < views) entry->second.post.views = views;
}

void ViewTargets::on_events(std::span<const events::Event> events) {
  using events::Type;
  const std::lock_guard lock(mutex_);
  for (const auto& event : events) {
    if (event.type == Type::post_deleted || event.type == Type::post_hidden) {
      ++changes_;
      posts_.erase(event.object);
    } else if (event.type == Type::user_deleted || event.type == Type::user_suspended) {
      ++changes_;
      users_.erase(event.object);
      posts_.clear();  // some of them are the user's
    }
  }
}

void ViewTargets::on_gap() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  posts_.clear();
  users_.clear();
}

}  // namespace feedctl::views
