#include "seed/expected_read_models.hpp"

#include <algorithm>

namespace feedctl::seed {

namespace {

constexpr std::chrono::days max_partition_length{10};

void find_active_users(const GeneratedWorld& world, const BulkOptions& options,
                       ExpectedReadModels& models) {
  const auto none = ExpectedReadModels::never;
  models.last_seen_us.assign(world.users.size(), none);
  if (options.feeds == MaterializedFeeds::none) return;
  const auto since = unix_us(world.shape.now - std::chrono::days{options.active_days});
  const auto see = [&](std::uint32_t user, std::int64_t us) {
    if (us >= since) models.last_seen_us[user] = std::max(models.last_seen_us[user], us);
  };
  for (std::size_t i = 0; i < world.posts.size(); ++i)
    see(world.authors[i], unix_us(time_of_id(world.posts[i])));
  for (const auto& like : world.likes) see(like.user, unix_us(like.at));
  if (options.feeds == MaterializedFeeds::all) {
    for (auto& us : models.last_seen_us) us = us == none ? unix_us(world.shape.now) : us;
  }
  models.active_users =
      world.users.size() - static_cast<std::size_t>(std::count(models.last_seen_us.begin(),
                                                               models.last_seen_us.end(), none));
}

}  // namespace

ExpectedReadModels expect_read_models(const GeneratedWorld& world,
                                      const std::vector<std::uint32_t>& followers,
                                      const BulkOptions& options) {
  ExpectedReadModels models;
  find_active_users(world, options, models);
  std::vector<std::uint32_t> readers(world.users.size());
  for (std::size_t user = 0; user < world.users.size(); ++user) {
    if (models.last_seen_us[user] == ExpectedReadModels::never) continue;
    for (auto i = world.followee_offsets[user]; i < world.followee_offsets[user + 1]; ++i)
      ++readers[world.followees[i]];
  }
  for (std::uint32_t user = 0; user < followers.size(); ++user) {
    if (followers[user] <= options.fan_out_on_read_above) continue;
    models.fan_out_on_read_authors.push_back(user);
    readers[user] = 0;
  }
  models.rows_per_post.reserve(world.posts.size());
  for (const auto author : world.authors) {
    models.rows_per_post.push_back(readers[author]);
    models.feed_rows += readers[author];
  }
  return models;
}

std::vector<Partition> plan_partitions(const GeneratedWorld& world,
                                       const ExpectedReadModels& models, Id from, Id feed_floor,
                                       Time now, std::size_t rows_per_partition) {
  const auto later = [](Id id, auto time) { return make_id(time_of_id(id) + time, 0, 0); };
  std::vector<Partition> parts;
  std::size_t rows = 0;
  const auto cut = [&](Id at) {
    for (; later(from, max_partition_length) < at; from = parts.back().upto)
      parts.push_back({from, later(from, max_partition_length)});
    if (at > from) parts.push_back({from, at});
    from = at;
    rows = 0;
  };
  for (std::size_t i = 0; i < world.posts.size(); ++i) {
    if (world.posts[i] < std::max(feed_floor, from)) continue;
    rows += models.rows_per_post[i];
    if (rows >= rows_per_partition)
      cut(make_id(time_of_id(world.posts[i]) + std::chrono::milliseconds{1}, 0, 0));
  }
  // As long as the last one took to fill, and at least a day.
  const Id here = make_id(std::max(now, world.shape.now), 0, 0);
  std::chrono::microseconds step = max_partition_length;
  if (!parts.empty()) {
    const auto last = time_of_id(parts.back().upto) - time_of_id(parts.back().from);
    step = std::clamp<std::chrono::microseconds>(last, std::chrono::days{1}, max_partition_length);
  }
  while (from <= here) cut(later(from, step));
  for (int ahead = 0; ahead < 2; ++ahead) cut(later(from, step));
  return parts;
}

}  // namespace feedctl::seed
