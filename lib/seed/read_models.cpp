#include "seed/read_models.hpp"

#include <algorithm>

namespace feedctl::seed {

namespace {

constexpr std::chrono::days longest{10};

void find_active(const Generated& world, const BulkOptions& options, ReadModels& models) {
  const auto none = ReadModels::never;
  models.seen_us.assign(world.users.size(), none);
  if (options.feeds == Feeds::none) return;
  const auto since = unix_us(world.shape.now - std::chrono::days{options.active_days});
  const auto see = [&](std::uint32_t user, std::int64_t us) {
    if (us >= since) models.seen_us[user] = std::max(models.seen_us[user], us);
  };
  for (std::size_t i = 0; i < world.posts.size(); ++i)
    see(world.authors[i], unix_us(time_of_id(world.posts[i])));
  for (const auto& like : world.likes) see(like.user, unix_us(like.at));
  if (options.feeds == Feeds::all) {
    for (auto& us : models.seen_us) us = us == none ? unix_us(world.shape.now) : us;
  }
  models.active = world.users.size() - static_cast<std::size_t>(std::count(
                                           models.seen_us.begin(), models.seen_us.end(), none));
}

}  // namespace

ReadModels read_models(const Generated& world, const std::vector<std::uint32_t>& followers,
                       const BulkOptions& options) {
  ReadModels models;
  find_active(world, options, models);
  std::vector<std::uint32_t> readers(world.users.size());
  for (std::size_t user = 0; user < world.users.size(); ++user) {
    if (models.seen_us[user] == ReadModels::never) continue;
    for (auto i = world.follows_from[user]; i < world.follows_from[user + 1]; ++i)
      ++readers[world.followees[i]];
  }
  for (std::uint32_t user = 0; user < followers.size(); ++user) {
    if (followers[user] <= options.pull_above) continue;
    models.pull.push_back(user);
    readers[user] = 0;
  }
  models.rows.reserve(world.posts.size());
  for (const auto author : world.authors) {
    models.rows.push_back(readers[author]);
    models.feed_rows += readers[author];
  }
  return models;
}

std::vector<Part> lay_parts(const Generated& world, const ReadModels& models, Id from, Id floor,
                            Time now, std::size_t rows_a_part) {
  const auto later = [](Id id, auto time) { return make_id(time_of_id(id) + time, 0, 0); };
  std::vector<Part> parts;
  std::size_t rows = 0;
  const auto cut = [&](Id at) {
    for (; later(from, longest) < at; from = parts.back().upto)
      parts.push_back({from, later(from, longest)});
    if (at > from) parts.push_back({from, at});
    from = at;
    rows = 0;
  };
  for (std::size_t i = 0; i < world.posts.size(); ++i) {
    if (world.posts[i] < std::max(floor, from)) continue;
    rows += models.rows[i];
    if (rows >= rows_a_part)
      cut(make_id(time_of_id(world.posts[i]) + std::chrono::milliseconds{1}, 0, 0));
  }
  // As fast as the last one filled; at least a day, so that the new ones last.
  const Id here = make_id(std::max(now, world.shape.now), 0, 0);
  std::chrono::microseconds step = longest;
  if (!parts.empty()) {
    const auto last = time_of_id(parts.back().upto) - time_of_id(parts.back().from);
    step = std::clamp<std::chrono::microseconds>(last, std::chrono::days{1}, longest);
  }
  while (from <= here) cut(later(from, step));
  for (int ahead = 0; ahead < 2; ++ahead) cut(later(from, step));
  return parts;
}

}  // namespace feedctl::seed
