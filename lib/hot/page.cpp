#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/error.hpp"
#include "hot/hot.hpp"
#include "hot/json.hpp"
#include "hot/ranking.hpp"
#include "hot/rows.hpp"
#include "http/compress.hpp"

namespace feedctl::hot {
namespace {

constexpr const char* scope = "hot";
// What another process deletes shows here for no longer than this.
constexpr std::chrono::milliseconds longest_ready{100};
// What nobody waits for may take that long: half of it the scores, as in an aggregator of its own.
constexpr std::chrono::milliseconds longest_beside = 2 * rows::longest_statement;

// Where a page begins: behind that post, at that rank (from 1) of the snapshot of that time.
struct Place {
  Time as_of;
  std::size_t rank;
  Id id;
};

std::string to_text(const Place& place) {
  return std::to_string(unix_us(place.as_of)) + ' ' + std::to_string(place.rank) + ' ' +
         std::to_string(place.id);
}

template <typename Number>
bool read_number(std::string_view& text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || (stop != end && *stop != ' ')) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + (stop != end));
  return true;
}

Place place_of(const CursorSigner& cursors, const std::string& cursor) {
  Place place{};
  std::int64_t us = 0;
  const auto payload = cursors.verify(scope, cursor);
  std::string_view text = payload ? *payload : std::string_view{};
  if (!read_number(text, us) || !read_number(text, place.rank) || !read_number(text, place.id)) {
    throw Error(ErrorCode::invalid_argument, "invalid cursor");
  }
  place.as_of = from_unix_us(us);
  return place;
}

// Appends those of `ranked` that still live.
void load(store::Database& database, std::span<const Ranked> ranked, std::optional<Id> actor,
          std::vector<ScoredPost>& posts) {
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

// So many ranks more should hold the posts that a page lacks, where as many of them are gone as of
// those read already, and some more.
std::size_t ranks_to_fill(std::size_t limit, std::size_t living) {
  constexpr std::size_t some = 50;
  return 2 * (limit - living) * limit / std::max<std::size_t>(living, 1) + some;
}

// Loads up to `limit` living posts from `begin` on and returns the rank at which the next page
// begins. Two statements at most: a page is short only where very many were deleted at once.
std::size_t fill(store::Database& database, const std::vector<Ranked>& ranked, std::size_t begin,
                 std::size_t limit, std::optional<Id> actor, std::vector<ScoredPost>& posts) {
  const auto all = std::span(ranked);
  auto end = std::min(begin + limit, ranked.size());
  load(database, all.subspan(begin, end - begin), actor, posts);
  if (posts.size() == limit || end == ranked.size()) return end;
  const auto from = end;
  end = std::min(from + ranks_to_fill(limit, posts.size()), ranked.size());
  load(database, all.subspan(from, end - from), actor, posts);
  if (posts.size() <= limit) return end;
  posts.erase(posts.begin() + static_cast<std::ptrdiff_t>(limit), posts.end());
  while (ranked[end - 1].id != posts.back().post.id) --end;
  return end;
}

Page cut(store::Database& database, const CursorSigner& cursors, const Snapshot& snapshot,
         std::size_t begin, int limit, std::optional<Id> actor) {
  const auto size = snapshot.posts.size();
  begin = std::min(begin, size);
  Page page;
  page.as_of = snapshot.as_of;
  const auto end =
      fill(database, snapshot.posts, begin, static_cast<std::size_t>(limit), actor, page.posts);
  if (end < size) {
    const Place next{snapshot.as_of, end, snapshot.posts[end - 1].id};
    page.next_cursor = cursors.sign(scope, to_text(next));
  }
  return page;
}

// Of the bytes: FNV-1a, and their number.
std::string tag_of(std::string_view body) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  char text[40];
  const auto size = std::snprintf(text, sizeof text, "\"%016llx-%zx\"",
                                  static_cast<unsigned long long>(hash), body.size());
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Feed::Feed(store::Database& database, cache::Cache& cache, const CursorSigner& cursors,
           Options options)
    : database_(database),
      cursors_(cursors),
      longest_shown_(options.ttl),
      ranking_(std::make_unique<Ranking>(database, cache, options)),
      beside_([this](int limit) { make(limit, Deadline::after(longest_beside)); }) {}

Feed::~Feed() = default;

Page Feed::page(int limit, const std::optional<std::string>& cursor, std::optional<Id> actor,
                Deadline deadline) {
  SnapshotPtr snapshot;
  std::size_t begin = 0;
  if (cursor) {
    const auto place = place_of(cursors_, *cursor);
    snapshot = ranking_->earlier(place.as_of, place.rank, place.id);
    begin = place.rank;
  }
  if (!snapshot) snapshot = ranking_->newest(deadline).snapshot;
  return cut(database_, cursors_, *snapshot, begin, limit, actor);
}

ReadyPtr Feed::ready(int limit) {
  auto found = ready_.find(limit, longest_shown_);
  if (found.renew) beside_.ask(limit);
  return std::move(found.page);
}

ReadyPtr Feed::first_page(int limit, Deadline deadline) {
  if (!ready_.last(limit, longest_shown_)) return made_here(limit, deadline);
  const auto start = Deadline::Clock::now();
  const Deadline patient{std::min(deadline.at(), start + ReadyPages::patience)};
  ReadyPtr page;
  const auto enough = [&] { return (page = ready_.since(limit, start)) != nullptr; };
  if (beside_.wait(limit, patient, enough)) return page;
  if (auto last = last_page(limit)) return last;
  return made_here(limit, deadline);  // what there was is not to be shown any more
}

// Where there is nothing to show instead: by the first who asks, for all who do meanwhile.
ReadyPtr Feed::made_here(int limit, Deadline deadline) {
  const auto key = std::to_string(ranking_->marks()) + ' ' + std::to_string(limit);
  const auto made = current(flight_, key, deadline, [&] { return make(limit, deadline); });
  if (!made) throw busy();
  return made->page;
}

ReadyPtr Feed::last_page(int limit) {
  return ready_.stale(limit, longest_shown_);
}

Feed::Made Feed::make(int limit, Deadline deadline) {
  const auto from = Deadline::Clock::now();
  const auto ticket = ready_.ticket();
  const auto newest = ranking_->newest(deadline);
  auto page = cut(database_, cursors_, *newest.snapshot, 0, limit, std::nullopt);
  auto ready = std::make_shared<ReadyPage>();
  ready->body = to_json(page);
  ready->etag = tag_of(ready->body);
  ready->next_cursor = std::move(page.next_cursor);
  ready->made_at = now();
  if (const auto before = ready_.last(limit, longest_shown_); before && before->etag == ready->etag)
    ready->gzip = before->gzip;
  else if (ready->body.size() >= http::worth_compressing)
    ready->gzip = http::gzip(ready->body, http::thorough_level);
  const auto until = std::min(newest.until, from + longest_ready);
  ready_.keep(ticket, limit, ready, from, until);
  return {ready, from, until};
}

bool Feed::aggregate() {
  if (!rows::aggregate(database_)) return false;
  ranking_->mark_dirty(false);
  return true;
}

bool Feed::warm(Deadline deadline) {
  const auto before = ranking_->computed();
  ranking_->newest(deadline);
  return ranking_->computed() != before;
}

bool Feed::warmed() {
  return ranking_->cached();
}

void Feed::refresh_window(std::chrono::milliseconds window) {
  ranking_->refresh_window(window);
  ready_.drop();
}

void Feed::mark_dirty(bool drop_body) {
  ranking_->mark_dirty(drop_body);
  if (drop_body) ready_.drop();
}

}  // namespace feedctl::hot
