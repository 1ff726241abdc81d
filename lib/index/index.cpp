#include "index/index.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

#include "index/author_posts.hpp"
#include "index/between.hpp"
#include "index/merge.hpp"

namespace feedctl::index {

struct Index::Published {
  std::uint64_t version;
  std::uint32_t posts;
  std::uint32_t removals;
  Id floor;
  std::uint32_t floors;
  bool complete;
  events::Snapshot position;
  std::string token;
};

Index::Index() : accounts_(epochs_) {}

Index::~Index() {
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    AuthorPosts::drop(accounts_.posts[i].load());
    FollowSet::drop(accounts_.follows[i].load());
  }
  delete published_.load();
  epochs_.collect();  // while what it frees into is still there
}

// ---- the writer: posts

std::optional<std::uint32_t> Index::find(Ordinal author, Id post) const {
  const AuthorPosts* list = accounts_.posts[author].load(std::memory_order_relaxed);
  if (!list) return std::nullopt;
  const auto* begin = list->ordinals();
  const auto* end = begin + list->size.load(std::memory_order_relaxed);
  const auto* found =
      std::partition_point(begin, end, [&](std::uint32_t other) { return ids_[other] < post; });
  if (found == end || ids_[*found] != post) return std::nullopt;
  return *found;
}

void Index::replace(std::atomic<AuthorPosts*>& place, AuthorPosts* with) {
  if (with) list_bytes_ += AuthorPosts::bytes(with->capacity);
  if (AuthorPosts* old = place.exchange(with)) {
    list_bytes_ -= AuthorPosts::bytes(old->capacity);
    epochs_.retire(old, AuthorPosts::drop);
  }
}

// Ids are drawn before their commit, so now and then one arrives behind a newer one.
void Index::insert(Ordinal author, std::uint32_t post) {
  auto& place = accounts_.posts[author];
  AuthorPosts* list = place.load(std::memory_order_relaxed);
  const auto size = list ? list->size.load(std::memory_order_relaxed) : 0;
  const bool last = size == 0 || ids_[list->ordinals()[size - 1]] < ids_[post];
  if (last && list && size < list->capacity) {
    list->ordinals()[size] = post;
    list->size.store(size + 1, std::memory_order_release);
    return;
  }
  const auto capacity = list && size < list->capacity ? list->capacity : std::max(2U, size * 2);
  auto* made = AuthorPosts::make(capacity);
  std::uint32_t at = size;
  while (at > 0 && ids_[list->ordinals()[at - 1]] > ids_[post]) --at;
  if (size > 0) {
    std::copy_n(list->ordinals(), at, made->ordinals());
    std::copy_n(list->ordinals() + at, size - at, made->ordinals() + at + 1);
  }
  made->ordinals()[at] = post;
  made->size.store(size + 1, std::memory_order_relaxed);
  replace(place, made);
}

void Index::add(Id post, Id author) {
  if (post < floor_) {
    nothing_below_ = false;  // before the sets of loads that began earlier count for nothing
    below_for_all_ = ++below_;
    return;
  }
  if (!complete_ && removed_early_.count(post) > 0) return;
  const auto account = accounts_.intern(author);
  if (find(account, post)) return;
  const auto ordinal = posts_++;
  ids_.ensure(ordinal);
  removed_.ensure(ordinal);
  ids_[ordinal] = post;
  ++kept_;
  oldest_ = oldest_ == 0 ? post : std::min(oldest_, post);
  newest_ = std::max(newest_, post);
  insert(account, ordinal);
  if (auto& newest = accounts_.newest[account]; newest.load(std::memory_order_relaxed) < post) {
    newest.store(post, std::memory_order_release);
  }
}

void Index::remove(Id post, Id author) {
  const auto account = accounts_.intern(author);
  if (post < floor_) {
    // Of somebody who has left nothing is shown anyway.
    if (auto& losses = accounts_.losses[account]; losses.gone.load() == 0) losses.below = ++below_;
  } else if (const auto found = find(account, post)) {
    auto& removed = removed_[*found];
    if (removed.load(std::memory_order_relaxed) == 0) removed.store(++removals_);
  } else if (!complete_) {
    removed_early_.insert(post);
  }
}

void Index::remove_author(Id user) {
  const auto account = accounts_.intern(user);
  if (auto& gone = accounts_.losses[account].gone; gone.load() == 0) gone.store(++removals_);
  below_for_open_ = ++below_;  // the others are as whole without
  forget_follows(user);
}

// ---- the writer: publications

void Index::publish(const events::Snapshot& position) {
  auto next = std::make_unique<Published>();
  next->version = ++version_;
  next->posts = posts_;
  next->removals = removals_;
  next->floor = floor_;
  next->floors = floors_;
  next->complete = complete_;
  next->position = position;
  next->token = events::Token{position, std::nullopt}.text();
  if (const auto* old = published_.exchange(next.release())) {
    epochs_.retire(const_cast<Published*>(old));
  }
}

void Index::complete(Id floor, bool nothing_below) {
  raise_floor(floor);
  nothing_below_ = nothing_below && floor == floor_;
  complete_ = true;
  removed_early_.clear();
}

void Index::raise_floor(Id floor) {
  if (floor <= floor_) return;
  floor_ = floor;
  nothing_below_ = false;
  ++floors_;
  count_kept();
}

// The first that may still be in memory.
std::uint32_t Index::first_post() const {
  return static_cast<std::uint32_t>(freed_segments_ << Segments<Id>::shift);
}

void Index::count_kept() {
  kept_ = 0;
  oldest_ = 0;
  for (auto post = first_post(); post < posts_; ++post) {
    const Id id = ids_[post];
    if (id < floor_) continue;
    ++kept_;
    oldest_ = oldest_ == 0 ? id : std::min(oldest_, id);
  }
  if (kept_ == 0) newest_ = 0;
}

// Readers who still go by an older floor find out: see read().
void Index::tidy(Ordinal author, const Published& now) {
  auto& place = accounts_.posts[author];
  const AuthorPosts* list = place.load(std::memory_order_relaxed);
  if (!list) return;
  const auto stays = [&](std::uint32_t post) {
    const auto removed = removed_[post].load(std::memory_order_relaxed);
    return ids_[post] >= now.floor && (removed == 0 || removed > tidied_.load());
  };
  const auto* begin = list->ordinals();
  const auto* end = begin + list->size.load(std::memory_order_relaxed);
  const auto size = static_cast<std::uint32_t>(std::count_if(begin, end, stays));
  if (begin + size == end) return;
  if (size == 0) {
    accounts_.newest[author].store(0);
    return replace(place, nullptr);
  }
  auto* made = AuthorPosts::make(std::bit_ceil(size));
  std::copy_if(begin, end, made->ordinals(), stays);
  made->size.store(size, std::memory_order_relaxed);
  accounts_.newest[author].store(ids_[made->ordinals()[size - 1]]);
  replace(place, made);
}

namespace {

// The segment stays reachable until no reader can hold a list that names its posts.
template <typename T>
void retire_segment(Epochs& epochs, Segments<T>& segments, std::size_t number) {
  struct Doomed {
    Segments<T>& segments;
    std::size_t number;
    ~Doomed() { segments.release(number); }
  };
  epochs.retire(new Doomed{segments, number});
}

}  // namespace

// After a whole round no list names a post below the floor that stood at its beginning.
void Index::free_segments() {
  const auto whole = posts_ >> Segments<Id>::shift;
  while (freed_segments_ < whole) {
    const auto first = static_cast<std::uint32_t>(freed_segments_ << Segments<Id>::shift);
    for (std::uint32_t i = 0; i < Segments<Id>::length; ++i) {
      if (ids_[first + i] >= swept_floor_) return;
    }
    retire_segment(epochs_, ids_, freed_segments_);
    retire_segment(epochs_, removed_, freed_segments_);
    ++freed_segments_;
  }
}

// By id: while slices are loaded, newer posts arrive before older ones. Of very many posts a sample
// tells.
Id Index::nth_newest(std::uint32_t n) const {
  constexpr std::uint32_t most = 1 << 16;
  if (n >= kept_) return 0;
  const auto step = (posts_ - first_post()) / most + 1;
  std::vector<Id> ids;
  for (auto post = first_post(); post < posts_; post += std::min(step, posts_ - post)) {
    ids.push_back(ids_[post]);
  }
  const auto nth = ids.begin() + n / step;
  std::nth_element(ids.begin(), nth, ids.end(), std::greater<>());
  return *nth;
}

void Index::sweep(std::uint32_t accounts, std::size_t set_bytes) {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  const auto all = accounts_.size();
  if (!now || !now->complete) return;
  tidied_.store(now->removals);
  for (std::uint32_t n = 0; n < std::min(accounts, all); ++n) {
    if (hand_ >= all) {
      hand_ = 0;
      free_segments();
      swept_floor_ = now->floor;
    }
    tidy(hand_, *now);
    if (const auto* set = accounts_.follows[hand_].load();
        set && set_bytes_.load() > set_bytes && !set->used.exchange(false)) {
      drop_set(hand_);
    }
    ++hand_;
  }
}

// ---- what users follow

void Index::drop_set(Ordinal user) {
  const std::lock_guard lock(guard(user));
  ++accounts_.changed[user];
  if (FollowSet* old = accounts_.follows[user].exchange(nullptr)) {
    --sets_;
    set_bytes_ -= old->bytes();
    epochs_.retire(old, FollowSet::drop);
  }
}

void Index::forget_follows(Id user) {
  drop_set(accounts_.intern(user));
}

Index::Loading Index::begin_load(Id user) const {
  const Epochs::Pin pin(epochs_);
  const auto account = accounts_.find(user);
  const auto* now = published_.load();
  return {user, account ? accounts_.changed[*account].load() : 0, now ? now->floors : 0,
          below_.load(), now ? now->floor : 0};
}

std::size_t Index::count(Id user, const Follows& follows, std::size_t most) {
  std::vector<Ordinal> authors;
  for (const auto id : follows.followees) authors.push_back(accounts_.intern(id));
  const auto self = accounts_.intern(user);
  std::vector<Item> items;
  const Epochs::Pin pin(epochs_);
  const Published& now = *published_.load();
  merge({accounts_, ids_, removed_, now.posts, now.removals, now.floor}, authors, self,
        std::numeric_limits<Id>::max(), most, items);
  return items.size();
}

bool Index::install(const Loading& loading, const Follows& follows) {
  FollowSet* set = FollowSet::make(accounts_, follows);
  set->floors = loading.floors;
  set->below = loading.below;
  const auto user = accounts_.intern(loading.user);
  const std::lock_guard lock(guard(user));
  auto& generation = accounts_.changed[user];
  if (generation.load() != loading.generation) {
    FollowSet::drop(set);
    return false;
  }
  ++generation;
  {
    const Epochs::Pin pin(epochs_);
    set->from = published_.load()->version;
  }
  ++sets_;
  set_bytes_ += set->bytes();
  if (FollowSet* old = accounts_.follows[user].exchange(set)) {
    --sets_;
    set_bytes_ -= old->bytes();
    epochs_.retire(old, FollowSet::drop);
  }
  return true;
}

// ---- readers

namespace {

// False: one of the authors has lost a post down there since the load, maybe this one.
bool add_older(const FollowSet& set, const View& view, Id before, std::size_t limit,
               std::vector<Item>& items) {
  for (std::uint32_t i = 0; i < set.older_count && items.size() < limit; ++i) {
    const auto& post = set.older()[i];
    if (post.id >= before) continue;
    const auto& losses = view.accounts.losses[post.author];
    if (view.gone(losses.gone.load())) continue;
    if (losses.below.load() > set.below) return false;
    items.push_back({post.id, view.accounts.id(post.author)});
  }
  return true;
}

}  // namespace

Page::Answer Index::answer(Ordinal user, const Published& now, Id before, std::size_t limit,
                           Page& page) const {
  using Answer = Page::Answer;
  between();
  const FollowSet* set = accounts_.follows[user].load();
  if (!set || set->from > now.version) return Answer::load;
  between();
  if (!set->used.load(std::memory_order_relaxed)) set->used.store(true);
  const View view{accounts_, ids_, removed_, now.posts, now.removals, now.floor};
  if (view.gone(accounts_.losses[user].gone.load())) return Answer::elsewhere;
  merge(view, {set->followees(), set->count}, user, before, limit, page.items);
  if (page.items.size() == limit) return Answer::here;
  between();
  // Below the floor goes what the load has brought, if it began at this floor and nothing down
  // there has changed that the page would show.
  if (set->floors != now.floors || set->below < below_for_all_.load()) return Answer::load;
  between();
  if (!add_older(*set, view, before, limit, page.items)) return Answer::load;
  if (page.items.size() == limit || set->whole) return Answer::here;
  between();
  return set->below < below_for_open_.load() ? Answer::load : Answer::elsewhere;
}

// Whether a sweep or a load has overtaken the reader, who then begins again.
bool Index::overtaken(const Published& now, std::size_t limit, const Page& page) const {
  between();
  const Published* newest = published_.load();
  if (newest == &now) return false;
  if (page.answer == Page::Answer::load || tidied_.load() > now.removals) return true;
  return newest->floors != now.floors &&
         (page.items.size() < limit || page.items.back().post < newest->floor);
}

void Index::read(Id user, Id before, std::size_t limit, Page& page) const {
  page.answer = Page::Answer::elsewhere;
  page.more = false;
  const Epochs::Pin pin(epochs_);
  const Published* now = nullptr;
  do {
    page.items.clear();
    now = published_.load();
    if (!now || !now->complete) return;
    const auto account = accounts_.find(user);
    page.answer = account ? answer(*account, *now, before, limit + 1, page) : Page::Answer::load;
  } while (overtaken(*now, limit + 1, page));
  page.more = page.items.size() > limit;
  if (page.more) page.items.resize(limit);
  page.token = now->token;
}

bool Index::covers(const events::Token& token) const {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  return now && token.covered_by(now->position);
}

bool Index::covers(const events::Snapshot& snapshot) const {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  return now && now->position.covers(snapshot);
}

bool Index::ready() const {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  return now && now->complete;
}

Id Index::floor() const {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  return now ? now->floor : 0;
}

std::size_t Size::bytes() const {
  constexpr std::size_t a_post = sizeof(Id) + sizeof(std::uint32_t);
  constexpr std::size_t an_account = 64;  // its places, and its share of the table of ids
  return posts * a_post + accounts * an_account + set_bytes + list_bytes;
}

Size Index::size() const {
  const Epochs::Pin pin(epochs_);
  const Published* now = published_.load();
  return {now ? now->posts : 0, accounts_.size(), sets_.load(), set_bytes_.load(),
          list_bytes_.load()};
}

}  // namespace feedctl::index
