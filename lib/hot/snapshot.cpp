#include "hot/snapshot.hpp"

#include <charconv>

namespace feedctl::hot {
namespace {

constexpr std::string_view version = "1 ";

// Takes the text up to `end` off the front of `rest`.
std::optional<std::string_view> take(std::string_view& rest, char end) {
  const auto at = rest.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto word = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return word;
}

std::optional<std::int64_t> take_number(std::string_view& rest, char end) {
  const auto word = take(rest, end);
  if (!word) return std::nullopt;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(word->data(), word->data() + word->size(), number);
  if (error != std::errc{} || stop != word->data() + word->size()) return std::nullopt;
  return number;
}

}  // namespace

// "1 <as_of in us> <position>\n", then "<id> <score>\n" for each post.
std::string serialize(const Snapshot& snapshot) {
  auto out = std::string(version) + std::to_string(unix_us(snapshot.as_of));
  out += ' ' + snapshot.position + '\n';
  for (const auto& post : snapshot.posts) {
    out += std::to_string(post.id) + ' ' + std::to_string(post.score) + '\n';
  }
  return out;
}

SnapshotPtr parse_snapshot(std::string_view text) {
  if (text.substr(0, version.size()) != version) return nullptr;
  text.remove_prefix(version.size());
  auto snapshot = std::make_shared<Snapshot>();
  const auto as_of = take_number(text, ' ');
  const auto position = as_of ? take(text, '\n') : std::nullopt;
  if (!position) return nullptr;
  snapshot->as_of = from_unix_us(*as_of);
  snapshot->position = std::string(*position);
  while (!text.empty()) {
    const auto id = take_number(text, ' ');
    const auto score = id ? take_number(text, '\n') : std::nullopt;
    if (!score) return nullptr;
    snapshot->posts.push_back({*id, *score});
  }
  return snapshot;
}

}  // namespace feedctl::hot
