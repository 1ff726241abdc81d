#include "feed/list.hpp"

#include <charconv>

namespace feedctl::feed {

namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string_view take(std::string_view& text, char until) {
  const auto at = text.find(until);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

}  // namespace

std::string serialize(const List& list) {
  auto out = list.snapshot.text() + ' ' + std::to_string(list.generation) + ' ' +
             std::to_string(list.floor) + (list.whole ? " 1 " : " 0 ");
  for (std::size_t i = 0; i < list.posts.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(list.posts[i]) + ' ' + std::to_string(list.authors[i]);
  }
  return out;
}

bool parse_rows(std::string_view text, List& list) {
  while (!text.empty()) {
    auto row = take(text, ',');
    const auto post = number(take(row, ' ')), author = number(row);
    if (!post || !author) return false;
    if (!list.posts.empty() && *post >= list.posts.back()) return false;
    list.posts.push_back(*post);
    list.authors.push_back(*author);
  }
  return true;
}

std::optional<List> parse_list(std::string_view text) {
  auto snapshot = events::Snapshot::parse(take(text, ' '));
  const auto generation = number(take(text, ' ')), floor = number(take(text, ' ')),
             whole = number(take(text, ' '));
  if (!snapshot || !generation || !floor || !whole || *whole > 1) return std::nullopt;
  List list{*std::move(snapshot), *generation, *floor, *whole == 1, {}, {}};
  if (!parse_rows(text, list)) return std::nullopt;
  return list;
}

std::string list_key(Id user) {
  return "feed:" + std::to_string(user);
}

}  // namespace feedctl::feed
