#include "seed/bulk_start.hpp"

#include <thread>

#include "base/error.hpp"
#include "seed/bulk_checkpoint.hpp"
#include "seed/expected_read_models.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using bulk_checkpoint::Checkpoint;

const char* name_of(MaterializedFeeds feeds) {
  if (feeds == MaterializedFeeds::all) return "all";
  return feeds == MaterializedFeeds::none ? "none" : "active";
}

std::vector<std::string> words_of(const Shape& shape, const BulkOptions& options) {
  std::vector<std::string> words;
  const auto add = [&](const char* option, std::size_t number) {
    words.insert(words.end(), {option, std::to_string(number)});
  };
  add("--users", shape.users);
  add("--posts", shape.posts);
  add("--follows", shape.follows);
  add("--likes", shape.likes);
  if (shape.views > 0) add("--views", shape.views);
  if (shape.pages > 0) add("--pages", shape.pages);
  add("--seed", shape.seed);
  if (options.feeds != MaterializedFeeds::active)
    words.insert(words.end(), {"--feeds", name_of(options.feeds)});
  return words;
}

std::string command_of(const Shape& shape, const BulkOptions& options) {
  std::string command = "feedctl seed";
  for (const auto& word : words_of(shape, options)) command += " " + word;
  return command;
}

bool is_same(const Checkpoint& checkpoint, const Shape& shape, const BulkOptions& options) {
  const auto& was = *checkpoint.shape;
  return words_of(was, checkpoint.options) == words_of(shape, options) &&
         (!options.is_time_given || was.now == shape.now);
}

// A process that has just ended, such as `migrate up`, may still be listed.
void require_alone(store::Database& owner) {
  constexpr int attempts = 10;
  for (int attempt = 1;; ++attempt) {
    const auto others = owner.read(sql::seed::bulk_others);
    const auto names = others.single_row().text(0);
    if (names.empty()) return;
    if (attempt == attempts) {
      throw Error(ErrorCode::failed, std::string(names) + " is connected to the database")
          .with_hint("stop it while the database is filled, or give --append");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

Error aborted_error(const Checkpoint& checkpoint, const std::string& why) {
  return Error(ErrorCode::bad_data, "a load that began at " + rfc3339(checkpoint.begun_at) +
                                        " was aborted; the database holds part of it" + why);
}

Error other_version_error(const Checkpoint& checkpoint) {
  return aborted_error(checkpoint, ", of another version of feedctl")
      .with_hint("seed with --discard empties the database and loads again");
}

BulkStart continue_load(store::Database& owner, const Checkpoint& checkpoint, const Shape& shape,
                        const BulkOptions& options) {
  if (!checkpoint.shape) throw other_version_error(checkpoint);
  if (!is_same(checkpoint, shape, options)) {
    throw aborted_error(checkpoint, ", of another world")
        .with_hint("to go on: " + command_of(*checkpoint.shape, checkpoint.options) +
                   "; or give --discard to empty the database and load again");
  }
  if (owner.read(sql::seed::bulk_touched).single_row().boolean(0)) {
    throw aborted_error(checkpoint, ", and others have written to it since")
        .with_hint("give --discard to empty the database and load again");
  }
  BulkStart start{*checkpoint.shape, options, true, checkpoint.done.size()};
  start.options.active_days = checkpoint.options.active_days;
  start.options.fan_out_on_read_above = checkpoint.options.fan_out_on_read_above;
  start.options.rows_per_partition = checkpoint.options.rows_per_partition;
  return start;
}

}  // namespace

BulkStart check_bulk(store::Database& owner, const Shape& shape, const BulkOptions& options) {
  require_alone(owner);
  if (const auto checkpoint = bulk_checkpoint::load(owner)) {
    if (options.discard_broken_load) return {shape, options};
    return continue_load(owner, *checkpoint, shape, options);
  }
  if (owner.read(sql::seed::bulk_empty).single_row().boolean(0)) return {shape, options};
  throw Error(ErrorCode::bad_data, "the database is not empty")
      .with_hint("give --append to add to it, or seed an empty database");
}

BulkReport plan_bulk(const GeneratedWorld& world, const BulkOptions& options) {
  const auto models = expect_read_models(world, world.follower_counts(), options);
  BulkReport report;
  report.users = world.shape.users;
  report.posts = world.posts.size();
  report.follows = world.followees.size();
  report.likes = world.likes.size();
  report.active_users = models.active_users;
  report.fan_out_on_read_authors = models.fan_out_on_read_authors.size();
  report.feed_rows = models.feed_rows;
  return report;
}

std::optional<std::vector<std::string>> find_broken_load(store::Database& owner) {
  const auto checkpoint = bulk_checkpoint::load(owner);
  if (!checkpoint) return std::nullopt;
  if (!checkpoint->shape) return std::vector<std::string>{};
  return words_of(*checkpoint->shape, checkpoint->options);
}

void require_no_broken_load(store::Database& owner) {
  const auto checkpoint = bulk_checkpoint::load(owner);
  if (!checkpoint) return;
  if (!checkpoint->shape) throw other_version_error(*checkpoint);
  throw aborted_error(*checkpoint, "")
      .with_hint("to go on: " + command_of(*checkpoint->shape, checkpoint->options));
}

bool holds_data(store::Database& owner) {
  return !bulk_checkpoint::load(owner).has_value() &&
         !owner.read(sql::seed::bulk_empty).single_row().boolean(0);
}

}  // namespace feedctl::seed
