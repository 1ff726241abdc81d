#include "hot/ranking_snapshot.hpp"

#include <charconv>

namespace feedctl::hot {
namespace {

constexpr std::string_view format_version = "1 ";

// Takes the text up to `end` off the front of `rest`.
std::optional<std::string_view> take_until(std::string_view& rest, char end) {
  const auto at = rest.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto word = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return word;
}

std::optional<std::int64_t> take_number(std::string_view& rest, char end) {
  const auto word = take_until(rest, end);
  if (!word) return std::nullopt;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(word->data(), word->data() + word->size(), number);
  if (error != std::errc{} || stop != word->data() + word->size()) return std::nullopt;
  return number;
}

}  // namespace

// "1 <as_of in us> <position>\n", then "<id> <score>\n" for each post.
std::string serialize(const RankingSnapshot& snapshot) {
  auto out = std::string(format_version) + std::to_string(unix_us(snapshot.as_of));
  out += ' ' + snapshot.log_position + '\n';
  for (const auto& post : snapshot.posts) {
    out += std::to_string(post.id) + ' ' + std::to_string(post.score) + '\n';
  }
  return out;
}

RankingSnapshotPtr parse_snapshot(std::string_view text) {
  if (text.substr(0, format_version.size()) != format_version) return nullptr;
  text.remove_prefix(format_version.size());
  auto snapshot = std::make_shared<RankingSnapshot>();
  const auto as_of = take_number(text, ' ');
  const auto position = as_of ? take_until(text, '\n') : std::nullopt;
  if (!position) return nullptr;
  snapshot->as_of = from_unix_us(*as_of);
  snapshot->log_position = std::string(*position);
  while (!text.empty()) {
    const auto id = take_number(text, ' ');
    const auto score = id ? take_number(text, '\n') : std::nullopt;
    if (!score) return nullptr;
    snapshot->posts.push_back({*id, *score});
  }
  return snapshot;
}

}  // namespace feedctl::hot
