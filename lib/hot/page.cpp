#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/error.hpp"
#include "hot/hot.hpp"
#include "hot/ranking.hpp"
#include "hot/rows.hpp"

namespace feedctl::hot {
namespace {

constexpr const char* scope = "hot";

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

}  // namespace

Feed::Feed(store::Database& database, cache::Cache& cache, const CursorSigner& cursors,
           Options options)
    : database_(database),
      cursors_(cursors),
      ranking_(std::make_unique<Ranking>(database, cache, options)) {}

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
  if (!snapshot) snapshot = ranking_->newest(deadline);

  const auto size = snapshot->posts.size();
  begin = std::min(begin, size);
  Page page;
  page.as_of = snapshot->as_of;
  const auto end =
      fill(database_, snapshot->posts, begin, static_cast<std::size_t>(limit), actor, page.posts);
  if (end < size) {
    const Place next{snapshot->as_of, end, snapshot->posts[end - 1].id};
    page.next_cursor = cursors_.sign(scope, to_text(next));
  }
  return page;
}

bool Feed::aggregate() {
  if (!rows::aggregate(database_)) return false;
  ranking_->mark_dirty(false);
  return true;
}

void Feed::mark_dirty(bool drop_body) {
  ranking_->mark_dirty(drop_body);
}

}  // namespace feedctl::hot
