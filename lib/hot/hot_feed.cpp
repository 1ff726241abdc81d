#include "hot/hot_feed.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/error.hpp"
#include "base/fnv1a.hpp"
#include "hot/page_json.hpp"
#include "hot/queries.hpp"
#include "hot/ranking.hpp"
#include "http/compress.hpp"

namespace feedctl::hot {
namespace {

constexpr const char* cursor_scope = "hot";
// A post that another process deletes is shown for at most this long.
constexpr std::chrono::milliseconds max_page_age{100};
// The limit of a background refresh. Half of it is for the update of the scores.
constexpr std::chrono::milliseconds refresh_timeout = 2 * queries::max_statement_time;

// The start of a page: after post `id`, which has rank `rank` (from 1) in the snapshot of `as_of`.
struct Cursor {
  Time as_of;
  std::size_t rank;
  Id id;
};

std::string to_text(const Cursor& start) {
  return std::to_string(unix_us(start.as_of)) + ' ' + std::to_string(start.rank) + ' ' +
         std::to_string(start.id);
}

template <typename Number>
bool take_number_token(std::string_view& text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || (stop != end && *stop != ' ')) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + (stop != end));
  return true;
}

Cursor parse_cursor(const CursorSigner& cursors, const std::string& cursor) {
  Cursor start{};
  std::int64_t us = 0;
  const auto payload = cursors.verify(cursor_scope, cursor);
  std::string_view text = payload ? *payload : std::string_view{};
  if (!take_number_token(text, us) || !take_number_token(text, start.rank) ||
      !take_number_token(text, start.id)) {
    throw Error(ErrorCode::invalid_argument, "invalid cursor");
  }
  start.as_of = from_unix_us(us);
  return start;
}

// Appends the living posts of `ranked`.
void fetch_living(store::Database& database, std::span<const RankedPost> ranked,
                  std::optional<Id> actor, std::vector<ScoredPost>& posts) {
  if (ranked.empty()) return;
  std::vector<Id> ids;
  std::unordered_map<Id, std::int64_t> scores;
  for (const auto& post : ranked) {
    ids.push_back(post.id);
    scores.emplace(post.id, post.score);
  }
  for (auto& post : posts::load(database, ids, actor)) {
    const auto score = scores.at(post.id);
    posts.push_back({std::move(post), score});
  }
}

// The number of further ranks that should fill the page if the share of deleted posts stays the
// same, with a reserve.
std::size_t overfetch_count(std::size_t limit, std::size_t living) {
  constexpr std::size_t reserve = 50;
  return 2 * (limit - living) * limit / std::max<std::size_t>(living, 1) + reserve;
}

// Loads up to `limit` living posts from `begin` on and returns the rank at which the next page
// begins. It runs two statements at most, so a page is short if very many posts were deleted at
// once.
std::size_t fill_page(store::Database& database, const std::vector<RankedPost>& ranked,
                      std::size_t begin, std::size_t limit, std::optional<Id> actor,
                      std::vector<ScoredPost>& posts) {
  const auto all = std::span(ranked);
  auto end = std::min(begin + limit, ranked.size());
  fetch_living(database, all.subspan(begin, end - begin), actor, posts);
  if (posts.size() == limit || end == ranked.size()) return end;
  const auto from = end;
  end = std::min(from + overfetch_count(limit, posts.size()), ranked.size());
  fetch_living(database, all.subspan(from, end - from), actor, posts);
  if (posts.size() <= limit) return end;
  posts.erase(posts.begin() + static_cast<std::ptrdiff_t>(limit), posts.end());
  while (ranked[end - 1].id != posts.back().post.id) --end;
  return end;
}

Page build_page(store::Database& database, const CursorSigner& cursors,
                const RankingSnapshot& snapshot, std::size_t begin, int limit,
                std::optional<Id> actor) {
  const auto size = snapshot.posts.size();
  begin = std::min(begin, size);
  Page page;
  page.as_of = snapshot.as_of;
  const auto end = fill_page(database, snapshot.posts, begin, static_cast<std::size_t>(limit),
                             actor, page.posts);
  if (end < size) {
    const Cursor next{snapshot.as_of, end, snapshot.posts[end - 1].id};
    page.next_cursor = cursors.sign(cursor_scope, to_text(next));
  }
  return page;
}

// The FNV-1a hash and the size of the body.
std::string etag_of(std::string_view body) {
  char text[40];
  const auto size = std::snprintf(text, sizeof text, "\"%016llx-%zx\"",
                                  static_cast<unsigned long long>(fnv1a_hash(body)), body.size());
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::string ranking_key(const Options& options) {
  return "hotfeed:feed:hot:" + std::to_string(options.max_posts);
}

void recompute_scores(store::Database& database) {
  queries::recompute_scores(database);
}

HotFeed::HotFeed(store::Database& database, cache::Cache& cache, const CursorSigner& cursors,
                 Options options)
    : database_(database),
      cursors_(cursors),
      max_stale_age_(options.ttl),
      ranking_(std::make_unique<Ranking>(database, cache, options)),
      page_refresher_(
          [this](int limit) { build_first_page(limit, Deadline::after(refresh_timeout)); }) {}

HotFeed::~HotFeed() = default;

Page HotFeed::get_page(int limit, const std::optional<std::string>& cursor, std::optional<Id> actor,
                       Deadline deadline) {
  RankingSnapshotPtr snapshot;
  std::size_t begin = 0;
  if (cursor) {
    const auto start = parse_cursor(cursors_, *cursor);
    snapshot = ranking_->find_snapshot(start.as_of, start.rank, start.id);
    begin = start.rank;
  }
  if (!snapshot) snapshot = ranking_->newest(deadline).snapshot;
  return build_page(database_, cursors_, *snapshot, begin, limit, actor);
}

CachedPagePtr HotFeed::try_get_first_page(int limit) {
  auto found = page_cache_.lookup(limit, max_stale_age_);
  if (found.needs_refresh) page_refresher_.request_refresh(limit);
  return std::move(found.page);
}

CachedPagePtr HotFeed::get_first_page(int limit, Deadline deadline) {
  if (!page_cache_.latest(limit, max_stale_age_)) return compute_first_page(limit, deadline);
  const auto start = Deadline::Clock::now();
  const Deadline patient{std::min(deadline.at(), start + PageCache::refresh_wait)};
  CachedPagePtr page;
  const auto is_satisfied = [&] {
    return (page = page_cache_.latest_since(limit, start)) != nullptr;
  };
  if (page_refresher_.refresh_and_wait(limit, patient, is_satisfied)) return page;
  if (auto last = get_stale_first_page(limit)) return last;
  return compute_first_page(limit, deadline);  // the last page must not be shown any more
}

// If there is no page to show instead: the first caller builds it for all concurrent callers.
CachedPagePtr HotFeed::compute_first_page(int limit, Deadline deadline) {
  const auto key = std::to_string(ranking_->dirty_marks()) + ' ' + std::to_string(limit);
  const auto made = run_until_fresh(single_flight_, key, deadline,
                                    [&] { return build_first_page(limit, deadline); });
  if (!made) throw busy();
  return made->page;
}

CachedPagePtr HotFeed::get_stale_first_page(int limit) {
  return page_cache_.latest_stale(limit, max_stale_age_);
}

HotFeed::FreshPage HotFeed::build_first_page(int limit, Deadline deadline) {
  const auto from = Deadline::Clock::now();
  const auto seen_generation = page_cache_.generation();
  const auto newest = ranking_->newest(deadline);
  auto page = build_page(database_, cursors_, *newest.snapshot, 0, limit, std::nullopt);
  auto cached = std::make_shared<CachedPage>();
  cached->body = to_json(page);
  cached->etag = etag_of(cached->body);
  cached->next_cursor = std::move(page.next_cursor);
  cached->made_at = now();
  if (const auto before = page_cache_.latest(limit, max_stale_age_);
      before && before->etag == cached->etag)
    cached->gzip_body = before->gzip_body;
  else if (cached->body.size() >= http::min_gzip_size)
    cached->gzip_body = http::gzip(cached->body, http::high_gzip_level);
  const auto until = std::min(newest.valid_until, from + max_page_age);
  page_cache_.store(seen_generation, limit, cached, from, until);
  return {cached, from, until};
}

bool HotFeed::aggregate_scores() {
  if (!queries::aggregate_scores(database_)) return false;
  ranking_->mark_dirty(false);
  return true;
}

bool HotFeed::warm(Deadline deadline) {
  const auto before = ranking_->computed_count();
  ranking_->newest(deadline);
  return ranking_->computed_count() != before;
}

bool HotFeed::is_warm() {
  return ranking_->is_cached();
}

void HotFeed::set_refresh_window(std::chrono::milliseconds window) {
  ranking_->set_refresh_window(window);
  page_cache_.invalidate();
}

void HotFeed::mark_dirty(bool drop_body) {
  ranking_->mark_dirty(drop_body);
  if (drop_body) page_cache_.invalidate();
}

}  // namespace feedctl::hot
