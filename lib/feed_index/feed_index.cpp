#include "feed_index/feed_index.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "feed_index/author_posts.hpp"
#include "feed_index/k_way_merge.hpp"
#include "feed_index/test_hooks.hpp"

namespace feedctl::feed_index {

struct FeedIndex::Publication {
  std::uint64_t version;
  std::uint32_t posts;
  std::uint32_t removals;
  std::uint32_t suspensions;
  HiddenPosts::List hidden;
  Id floor;
  std::uint32_t floor_version;
  bool load_finished;
  events::PgSnapshot position;
  std::string token;
};

FeedIndex::FeedIndex() : accounts_(epochs_), posts_(epochs_) {}

FeedIndex::~FeedIndex() {
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    AuthorPosts::drop(accounts_.post_lists[i].load());
    FollowSet::drop(accounts_.follow_sets[i].load());
  }
  delete published_.load();
  epochs_.reclaim();  // its deleters use the members
}

// ---- the writer: posts

std::optional<std::uint32_t> FeedIndex::find(Ordinal author, Id post) const {
  const AuthorPosts* list = accounts_.post_lists[author].load(std::memory_order_relaxed);
  if (!list) return std::nullopt;
  const auto* begin = list->ordinals();
  const auto* end = begin + list->size.load(std::memory_order_relaxed);
  const auto* found = std::partition_point(
      begin, end, [&](std::uint32_t other) { return posts_.ids[other] < post; });
  if (found == end || posts_.ids[*found] != post) return std::nullopt;
  return *found;
}

void FeedIndex::replace_list(std::atomic<AuthorPosts*>& current, AuthorPosts* replacement) {
  if (replacement) post_list_bytes_ += AuthorPosts::bytes(replacement->capacity);
  if (AuthorPosts* old = current.exchange(replacement)) {
    post_list_bytes_ -= AuthorPosts::bytes(old->capacity);
    epochs_.retire(old, AuthorPosts::drop);
  }
}

// Ids are drawn before the commit, so a post may arrive after a newer one.
void FeedIndex::insert_post(Ordinal author, std::uint32_t post) {
  auto& place = accounts_.post_lists[author];
  AuthorPosts* list = place.load(std::memory_order_relaxed);
  const auto size = list ? list->size.load(std::memory_order_relaxed) : 0;
  const bool last = size == 0 || posts_.ids[list->ordinals()[size - 1]] < posts_.ids[post];
  if (last && list && size < list->capacity) {
    list->ordinals()[size] = post;
    list->size.store(size + 1, std::memory_order_release);
    return;
  }
  const auto capacity = list && size < list->capacity ? list->capacity : std::max(2U, size * 2);
  auto* made = AuthorPosts::make(capacity);
  std::uint32_t at = size;
  while (at > 0 && posts_.ids[list->ordinals()[at - 1]] > posts_.ids[post]) --at;
  if (size > 0) {
    std::copy_n(list->ordinals(), at, made->ordinals());
    std::copy_n(list->ordinals() + at, size - at, made->ordinals() + at + 1);
  }
  made->ordinals()[at] = post;
  made->size.store(size + 1, std::memory_order_relaxed);
  replace_list(place, made);
}

void FeedIndex::add(Id post, Id author) {
  if (post < floor_) {
    holds_all_posts_ = false;  // first: a load that still reads true has an older version
    below_floor_version_all_ = ++below_floor_version_;
    return;
  }
  if (!load_finished_ && early_removals_.count(post) > 0) return;
  const auto account = accounts_.intern(author);
  if (find(account, post)) return;
  insert_post(account, posts_.add(post));
  if (auto& newest = accounts_.newest_post[account];
      newest.load(std::memory_order_relaxed) < post) {
    newest.store(post, std::memory_order_release);
  }
}

void FeedIndex::remove(Id post, Id author) {
  const auto account = accounts_.intern(author);
  if (post < floor_) {
    lose_below_floor(account);
  } else if (const auto found = find(account, post)) {
    auto& removed = posts_.removed[*found];
    if (removed.load(std::memory_order_relaxed) == 0) removed.store(++removals_);
  } else if (!load_finished_) {
    early_removals_.insert(post);
  }
  hidden_.set(post, false);
}

// No post of a removed author is visible anyway.
void FeedIndex::lose_below_floor(Ordinal author) {
  if (auto& losses = accounts_.removals[author]; losses.removed_at.load() == 0)
    losses.below_floor_version = ++below_floor_version_;
}

void FeedIndex::set_hidden(Id post, Id author, bool hidden) {
  if (post >= floor_)
    hidden_.set(post, hidden);
  else if (hidden)
    lose_below_floor(accounts_.intern(author));
  else
    below_floor_version_all_ = ++below_floor_version_;  // the sets lack it
}

void FeedIndex::remove_author(Id user) {
  const auto account = accounts_.intern(user);
  if (auto& gone = accounts_.removals[account].removed_at; gone.load() == 0)
    gone.store(++removals_);
  below_floor_version_incomplete_ = ++below_floor_version_;  // complete sets stay complete
  invalidate_follows(user);
}

// A follow set may lack posts below the floor that come back, and the ones behind posts that go.
void FeedIndex::set_suspended(Id user, bool suspended) {
  suspensions_.set(accounts_.intern(user), suspended);
  const auto version = ++below_floor_version_;
  if (suspended)
    below_floor_version_incomplete_ = version;
  else if (!holds_all_posts_)
    below_floor_version_all_ = version;
}

// ---- the writer: publications

void FeedIndex::publish(const events::PgSnapshot& position) {
  auto next = std::make_unique<Publication>();
  next->version = ++version_;
  next->posts = posts_.next_ordinal();
  next->removals = removals_;
  next->suspensions = suspensions_.publish(accounts_);
  next->hidden = hidden_.publish(floor_);
  next->floor = floor_;
  next->floor_version = floor_version_;
  next->load_finished = load_finished_;
  next->position = position;
  next->token = events::ConsistencyToken{position, std::nullopt}.text();
  if (const auto* old = published_.exchange(next.release())) {
    epochs_.retire(const_cast<Publication*>(old));
  }
}

void FeedIndex::finish_index_load(Id floor, bool holds_all_posts) {
  raise_floor(floor);
  holds_all_posts_ = holds_all_posts && floor == floor_;
  load_finished_ = true;
  early_removals_.clear();
}

void FeedIndex::raise_floor(Id floor) {
  if (floor <= floor_) return;
  floor_ = floor;
  holds_all_posts_ = false;
  ++floor_version_;
  posts_.raise_floor(floor);
}

// Readers with an older floor find posts missing; must_retry() detects them.
void FeedIndex::compact(Ordinal author, const Publication& now) {
  auto& place = accounts_.post_lists[author];
  const AuthorPosts* list = place.load(std::memory_order_relaxed);
  if (!list) return;
  const auto stays = [&](std::uint32_t post) {
    const auto removed = posts_.removed[post].load(std::memory_order_relaxed);
    return posts_.ids[post] >= now.floor && (removed == 0 || removed > compacted_removals_.load());
  };
  const auto* begin = list->ordinals();
  const auto* end = begin + list->size.load(std::memory_order_relaxed);
  const auto size = static_cast<std::uint32_t>(std::count_if(begin, end, stays));
  if (begin + size == end) return;
  if (size == 0) {
    accounts_.newest_post[author].store(0);
    return replace_list(place, nullptr);
  }
  auto* made = AuthorPosts::make(std::bit_ceil(size));
  std::copy_if(begin, end, made->ordinals(), stays);
  made->size.store(size, std::memory_order_relaxed);
  accounts_.newest_post[author].store(posts_.ids[made->ordinals()[size - 1]]);
  replace_list(place, made);
}

void FeedIndex::sweep(std::uint32_t accounts, std::size_t max_set_bytes) {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  const auto all = accounts_.size();
  if (!now || !now->load_finished) return;
  compacted_removals_.store(now->removals);
  for (std::uint32_t n = 0; n < std::min(accounts, all); ++n) {
    if (clock_hand_ >= all) {
      clock_hand_ = 0;
      // No list holds a post below the floor at the start of a sweep over all accounts.
      posts_.free_below(floor_at_sweep_start_);
      floor_at_sweep_start_ = now->floor;
    }
    compact(clock_hand_, *now);
    if (const auto* set = accounts_.follow_sets[clock_hand_].load();
        set && follow_set_bytes_.load() > max_set_bytes && !set->used.exchange(false)) {
      drop_follow_set(clock_hand_);
    }
    ++clock_hand_;
  }
}

ReadView FeedIndex::view_of(const Publication& now) const {
  return {accounts_, posts_, now.posts, now.removals, now.suspensions, *now.hidden, now.floor};
}

// ---- what users follow

void FeedIndex::drop_follow_set(Ordinal user) {
  const std::lock_guard lock(mutex_of(user));
  ++accounts_.follows_generation[user];
  if (FollowSet* old = accounts_.follow_sets[user].exchange(nullptr)) {
    --follow_set_count_;
    follow_set_bytes_ -= old->bytes();
    epochs_.retire(old, FollowSet::drop);
  }
}

void FeedIndex::invalidate_follows(Id user) {
  drop_follow_set(accounts_.intern(user));
}

FeedIndex::LoadTicket FeedIndex::begin_follows_load(Id user) const {
  const EpochGuard guard(epochs_);
  const auto account = accounts_.find(user);
  const auto* now = published_.load();
  return {user, account ? accounts_.follows_generation[*account].load() : 0,
          now ? now->floor_version : 0, below_floor_version_.load(), now ? now->floor : 0};
}

std::size_t FeedIndex::count_posts(Id user, const Follows& follows, std::size_t max_posts) {
  std::vector<Ordinal> authors;
  for (const auto id : follows.followees) authors.push_back(accounts_.intern(id));
  const auto self = accounts_.intern(user);
  std::vector<Item> items;
  const EpochGuard guard(epochs_);
  const Publication& now = *published_.load();
  k_way_merge(view_of(now), authors, self, std::numeric_limits<Id>::max(), max_posts, items);
  return items.size();
}

bool FeedIndex::install_follows(const LoadTicket& ticket, const Follows& follows) {
  FollowSet* set = FollowSet::make(accounts_, follows);
  set->floor_version = ticket.floor_version;
  set->below_floor_version = ticket.below_floor_version;
  const auto user = accounts_.intern(ticket.user);
  const std::lock_guard lock(mutex_of(user));
  auto& generation = accounts_.follows_generation[user];
  if (generation.load() != ticket.generation) {
    FollowSet::drop(set);
    return false;
  }
  ++generation;
  {
    const EpochGuard guard(epochs_);
    set->loaded_at_version = published_.load()->version;
  }
  ++follow_set_count_;
  follow_set_bytes_ += set->bytes();
  if (FollowSet* old = accounts_.follow_sets[user].exchange(set)) {
    --follow_set_count_;
    follow_set_bytes_ -= old->bytes();
    epochs_.retire(old, FollowSet::drop);
  }
  return true;
}

// ---- readers

namespace {

// False: an author lost a post below the floor since the load, perhaps this one.
bool append_older(const FollowSet& set, const ReadView& view, Id before, std::size_t limit,
                  std::vector<Item>& items) {
  for (std::uint32_t i = 0; i < set.older_count && items.size() < limit; ++i) {
    const auto& post = set.older()[i];
    if (post.id >= before) continue;
    const auto& losses = view.accounts.removals[post.author];
    if (view.is_hidden(post.author)) continue;
    if (losses.below_floor_version.load() > set.below_floor_version) return false;
    items.push_back({post.id, view.accounts.id(post.author)});
  }
  return true;
}

}  // namespace

Page::Result FeedIndex::read_page(Ordinal user, const Publication& now, Id before,
                                  std::size_t limit, Page& page) const {
  using Result = Page::Result;
  interleave_for_test();
  const FollowSet* set = accounts_.follow_sets[user].load();
  if (!set || set->loaded_at_version > now.version) return Result::needs_load;
  interleave_for_test();
  if (!set->used.load(std::memory_order_relaxed)) set->used.store(true);
  const ReadView view = view_of(now);
  if (view.is_hidden(user)) return Result::not_covered;
  k_way_merge(view, {set->followees(), set->followee_count}, user, before, limit, page.items);
  if (page.items.size() == limit) return Result::complete;
  interleave_for_test();
  // The loaded posts extend the page below the floor, if the load began at this floor and nothing
  // that the page would show has changed since.
  if (set->floor_version != now.floor_version ||
      set->below_floor_version < below_floor_version_all_.load())
    return Result::needs_load;
  interleave_for_test();
  if (!append_older(*set, view, before, limit, page.items)) return Result::needs_load;
  if (page.items.size() == limit || set->is_complete) return Result::complete;
  interleave_for_test();
  return set->below_floor_version < below_floor_version_incomplete_.load() ? Result::needs_load
                                                                           : Result::not_covered;
}

// Whether a sweep, a load or two changes of a suspension have overtaken the reader.
bool FeedIndex::must_retry(const Publication& now, std::size_t limit, const Page& page) const {
  interleave_for_test();
  const Publication* newest = published_.load();
  if (newest == &now) return false;
  if (page.result == Page::Result::needs_load || compacted_removals_.load() > now.removals ||
      newest->suspensions != now.suspensions)
    return true;
  return newest->floor_version != now.floor_version &&
         (page.items.size() < limit || page.items.back().post < newest->floor);
}

void FeedIndex::read(Id user, Id before, std::size_t limit, Page& page) const {
  page.result = Page::Result::not_covered;
  page.has_more = false;
  const EpochGuard guard(epochs_);
  const Publication* now = nullptr;
  do {
    page.items.clear();
    now = published_.load();
    if (!now || !now->load_finished) return;
    const auto account = accounts_.find(user);
    page.result =
        account ? read_page(*account, *now, before, limit + 1, page) : Page::Result::needs_load;
  } while (must_retry(*now, limit + 1, page));
  page.has_more = page.items.size() > limit;
  if (page.has_more) page.items.resize(limit);
  page.token = now->token;
}

bool FeedIndex::covers(const events::ConsistencyToken& token) const {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  return now && token.is_covered_by(now->position);
}

bool FeedIndex::covers(const events::PgSnapshot& snapshot) const {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  return now && now->position.covers(snapshot);
}

bool FeedIndex::is_ready() const {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  return now && now->load_finished;
}

Id FeedIndex::floor() const {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  return now ? now->floor : 0;
}

Size FeedIndex::size() const {
  const EpochGuard guard(epochs_);
  const Publication* now = published_.load();
  return {now ? now->posts : 0, accounts_.size(), follow_set_count_.load(),
          follow_set_bytes_.load(), post_list_bytes_.load()};
}

}  // namespace feedctl::feed_index
