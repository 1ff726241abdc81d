#include "feed_materialized/first_page_cache.hpp"

#include <charconv>

#include "base/text.hpp"

namespace feedctl::feed_materialized {

namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string serialize(const CachedFirstPage& page) {
  auto out = page.snapshot.text() + ' ' + std::to_string(page.generation) + ' ' +
             std::to_string(page.feed_floor) + (page.is_complete ? " 1 " : " 0 ");
  for (std::size_t i = 0; i < page.posts.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(page.posts[i]) + ' ' + std::to_string(page.authors[i]);
  }
  return out;
}

bool parse_first_page_rows(std::string_view text, CachedFirstPage& page) {
  while (!text.empty()) {
    auto row = next_field(text, ',');
    const auto post = parse_number(next_field(row, ' ')), author = parse_number(row);
    if (!post || !author) return false;
    if (!page.posts.empty() && *post >= page.posts.back()) return false;
    page.posts.push_back(*post);
    page.authors.push_back(*author);
  }
  return true;
}

std::optional<CachedFirstPage> parse_first_page(std::string_view text) {
  auto snapshot = events::PgSnapshot::parse(next_field(text, ' '));
  const auto generation = parse_number(next_field(text, ' ')),
             feed_floor = parse_number(next_field(text, ' ')),
             complete = parse_number(next_field(text, ' '));
  if (!snapshot || !generation || !feed_floor || !complete || *complete > 1) return std::nullopt;
  CachedFirstPage page{*std::move(snapshot), *generation, *feed_floor, *complete == 1, {}, {}};
  if (!parse_first_page_rows(text, page)) return std::nullopt;
  return page;
}

std::string first_page_key(Id user) {
  return "feed:" + std::to_string(user);
}

}  // namespace feedctl::feed_materialized
