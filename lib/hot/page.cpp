#include <charconv>
#include <unordered_map>

#include "base/error.hpp"
#include "hot/hot.hpp"
#include "hot/ranking.hpp"

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

std::vector<ScoredPost> load(store::Database& database, std::span<const Ranked> ranked,
                             std::optional<Id> actor) {
  std::vector<Id> ids;
  std::unordered_map<Id, std::int64_t> scores;
  for (const auto& post : ranked) {
    ids.push_back(post.id);
    scores.emplace(post.id, post.score);
  }
  std::vector<ScoredPost> posts;
  if (ids.empty()) return posts;
  for (auto& post : posts::load(database, ids, actor)) {
    const auto score = scores.at(post.id);
    posts.push_back({std::move(post), score});
  }
  return posts;
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
  const auto end = std::min(begin + static_cast<std::size_t>(limit), size);
  Page page;
  page.as_of = snapshot->as_of;
  page.posts = load(database_, std::span(snapshot->posts).subspan(begin, end - begin), actor);
  if (end < size) {
    const Place next{snapshot->as_of, end, snapshot->posts[end - 1].id};
    page.next_cursor = cursors_.sign(scope, to_text(next));
  }
  return page;
}

void Feed::mark_dirty(bool drop_body) {
  ranking_->mark_dirty(drop_body);
}

}  // namespace feedctl::hot
