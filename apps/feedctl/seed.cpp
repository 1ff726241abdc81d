// feedctl seed: fills a database with a small world, a fixture file, a graph or a generated world.
#include "seed/seed.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "feedctl/commands.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/frame/progress.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/seed_counts.hpp"
#include "seed/bulk.hpp"

namespace feedctl::cli {

namespace {

struct SeedOptions {
  std::optional<std::string> profile, fixtures, graph;
  bool directed = false;
  bool force = false;
  std::optional<std::string> users, posts, follows, likes, now;
  std::int64_t seed = 1;
  std::string feeds = "active";
  bool append = false;
  bool discard = false;
};

std::ifstream open_file(const std::string& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  // Asked before it is opened: opening a pipe waits for its writer, and a device has no end.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(ErrorCode::bad_data, path + " is not a regular file")
        .with_hint("give the path of a readable file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::bad_data, "cannot read " + path)
        .with_hint("give the path of a readable file");
  }
  return in;
}

// At most a byte more than read_fixtures() takes.
std::string read_start(std::ifstream in) {
  std::string text(feedctl::seed::max_fixture_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

feedctl::seed::World read_world(const SeedOptions& options) {
  if (options.graph) {
    auto in = open_file(*options.graph);
    return feedctl::seed::read_graph(in, *options.graph, options.directed, now());
  }
  if (options.fixtures) {
    const auto text = read_start(open_file(*options.fixtures));
    return feedctl::seed::read_fixtures(text, *options.fixtures, now());
  }
  return feedctl::seed::small_world(now());
}

bool generated(const SeedOptions& options) {
  return options.users || options.posts || options.follows || options.likes;
}

feedctl::seed::Shape shape_of(const SeedOptions& options) {
  feedctl::seed::Shape shape;
  const auto count = [](const char* name, const std::optional<std::string>& text) {
    return text ? parse_count(name, *text) : std::optional<std::size_t>{};
  };
  shape.users = count("--users", options.users).value_or(0);
  const std::size_t users = shape.users;
  shape.posts = count("--posts", options.posts).value_or(users);
  const auto some = [](std::size_t wanted, std::size_t most) { return std::min(wanted, most); };
  shape.follows =
      count("--follows", options.follows).value_or(some(10 * users, users * (users - (users > 0))));
  shape.likes =
      count("--likes", options.likes).value_or(some(5 * shape.posts, users * shape.posts));
  shape.seed = static_cast<std::uint64_t>(options.seed);
  shape.now = now();
  if (options.now) {
    const auto given = parse_rfc3339(*options.now);
    if (!given) {
      throw Error(ErrorCode::usage, "--now: not a time: " + *options.now)
          .with_hint("write it as in 2025-10-24T12:00:00Z");
    }
    shape.now = *given;
  }
  return shape;
}

Cell number(std::size_t n) {
  return Cell{static_cast<std::int64_t>(n)};
}

void print_report(Runtime& runtime, const feedctl::seed::BulkReport& report) {
  Card card;
  card.add("users", number(report.users))
      .add("follows", number(report.follows))
      .add("posts", number(report.posts))
      .add("likes", number(report.likes))
      .add("active", number(report.active))
      .add("pull_authors", number(report.pull_authors))
      .add("feed_rows", number(report.feed_rows))
      .add("feed_parts", number(report.feed_parts));
  for (auto [phase, seconds] : report.seconds) {
    std::replace(phase.begin(), phase.end(), ' ', '_');
    card.add("seconds_" + phase, Cell{seconds});
  }
  card.add("dry_run", Cell{runtime.dry_run()}).print(runtime);
}

int say_stopped(Runtime& runtime, const Error& error) {
  runtime.say(std::string("feedctl seed: ") + error.what());
  if (!error.hint().empty()) runtime.say("hint: " + error.hint());
  return Interrupts::exit_code();
}

int run_bulk(Runtime& runtime, const SeedOptions& options) {
  const auto& feed = runtime.config().feed;
  feedctl::seed::BulkOptions how;
  how.active_days = feed.active_days;
  how.pull_above = feed.fanout_max_followers;
  how.discard = options.discard;
  how.feeds = options.feeds == "all"    ? feedctl::seed::Feeds::all
              : options.feeds == "none" ? feedctl::seed::Feeds::none
                                        : feedctl::seed::Feeds::active;
  const auto shape = shape_of(options);
  feedctl::seed::check_bulk(runtime.owner(), how);
  Progress progress(runtime, "inventing people", "rows", 0);
  const auto world = feedctl::seed::generate(shape);
  const auto plan = feedctl::seed::plan_bulk(world, how);
  if (runtime.dry_run()) {
    print_report(runtime, plan);
    return exit_ok;
  }
  progress.set_total(static_cast<std::int64_t>(2 * shape.users + shape.follows + 2 * shape.posts +
                                               shape.likes + shape.users + plan.pull_authors +
                                               plan.feed_rows));
  how.on_phase = [&](const std::string& phase) { progress.phase(phase); };
  how.on_rows = [&](std::size_t rows) {
    progress.advance(static_cast<std::int64_t>(rows));
    return !progress.interrupted();
  };
  feedctl::seed::BulkReport report;
  try {
    report = feedctl::seed::load_bulk(runtime.owner_options(), world, how);
  } catch (const Error& error) {
    if (!progress.interrupted()) throw;
    return say_stopped(runtime, error);
  }
  progress.finish();
  print_report(runtime, report);
  return exit_ok;
}

int run_append(Runtime& runtime, const SeedOptions& options) {
  const auto shape = shape_of(options);
  auto [world, goes_on, rows_in] = feedctl::seed::plan_append(runtime.owner(), shape);
  const auto rows = shape.users + world.followees.size() + shape.posts + shape.likes;
  if (goes_on) {
    runtime.say("goes on with what was broken off: " + std::to_string(rows_in) + " of " +
                std::to_string(rows) + " rows are in");
  }
  Progress progress(runtime, "adding", "rows", static_cast<std::int64_t>(rows - rows_in));
  feedctl::seed::AppendReport report;
  if (runtime.dry_run()) {
    report.users = shape.users;
    report.follows = shape.follows;
    report.posts = shape.posts;
    report.likes = shape.likes;
  } else {
    feedctl::seed::AppendOptions how;
    how.on_rows = [&](std::size_t more) {
      progress.advance(static_cast<std::int64_t>(more));
      return !progress.interrupted();
    };
    report = feedctl::seed::append(runtime.owner(), std::move(world), how);
    progress.finish();
  }
  Card()
      .add("users", number(report.users))
      .add("follows", number(report.follows))
      .add("posts", number(report.posts))
      .add("likes", number(report.likes))
      .add("transactions", number(report.transactions))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  if (!report.stopped) return exit_ok;
  runtime.say(
      "feedctl seed: stopped; what is counted above is in, with its events. The same command goes "
      "on where it was");
  return Interrupts::exit_code();
}

void check_sources(const SeedOptions& options) {
  const int sources = options.profile.has_value() + options.fixtures.has_value() +
                      options.graph.has_value() + generated(options);
  if (sources != 1) {
    throw Error(ErrorCode::usage, "give one of --profile, --fixtures, --graph and --users")
        .with_hint("feedctl seed --profile small");
  }
  if ((options.append || options.discard || options.now) && !generated(options))
    throw Error(ErrorCode::usage, "--append, --discard and --now go with --users");
  if (options.append && options.discard)
    throw Error(ErrorCode::usage, "--append and --discard exclude each other");
}

int run_seed(Runtime& runtime, const SeedOptions& options) {
  check_sources(options);
  if (options.directed && !options.graph)
    throw Error(ErrorCode::usage, "--directed goes with --graph");
  if (generated(options)) {
    return options.append || options.force ? run_append(runtime, options)
                                           : run_bulk(runtime, options);
  }
  const auto world = read_world(options);
  feedctl::seed::Options how;
  how.force = options.force;
  Progress progress(runtime, "seeding", "rows",
                    static_cast<std::int64_t>(world.users.size() + world.follows.size() +
                                              world.posts.size() + world.likes.size()));
  how.on_rows = [&](std::size_t rows) {
    progress.advance(static_cast<std::int64_t>(rows));
    return !progress.interrupted();
  };
  feedctl::seed::Report report;
  try {
    report = feedctl::seed::load(runtime.owner(), world, how);
  } catch (const Error& error) {
    if (!progress.interrupted()) throw;
    return say_stopped(runtime, error);
  }
  progress.finish();
  Card()
      .add("users", number(report.users))
      .add("follows", number(report.follows))
      .add("posts", number(report.posts))
      .add("likes", number(report.likes))
      .add("skipped_lines", number(report.skipped_lines))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  return exit_ok;
}

}  // namespace

Run seed(Spec& spec) {
  auto options = std::make_shared<SeedOptions>();
  spec.about(
      "Adds people, follows, posts and likes in one transaction, counters and events included. A "
      "database that holds"
      " users already is refused without --force; then known handles are reused.\n\n"
      "With --users it invents a world that follows from --seed: communities, a power law of "
      "followers, posts of the last 30 days. An empty database is filled by parallel COPY, read "
      "models included and without events, while nothing else of feedctl runs; --append adds to a "
      "running system in small transactions, each with its events; one that was broken off goes on "
      "where it was when it is started again with the same --seed and counts.");
  spec.example("a small lively world", "feedctl seed --profile small");
  spec.example("the friendships of a graph, \"a b\" a line; node n becomes u<n>",
               "feedctl seed --graph friends.edges");
  spec.example("a million people", "feedctl seed --users 1M --posts 1M --follows 10M --likes 10M");
  spec.example("more of them, while serve and work run",
               "feedctl seed --users 10k --seed 2 --append");
  spec.example("what would be written", "feedctl seed --fixtures fixtures/small.yaml --dry-run");
  spec.value("--profile", "NAME", "a world that is built in", &options->profile).one_of({"small"});
  spec.value("--fixtures", "FILE", "a YAML file of users, follows and posts", &options->fixtures);
  spec.value("--graph", "EDGES", "a graph, two node numbers a line: both follow each other",
             &options->graph);
  spec.flag("--directed", "with --graph: only the first follows the second", &options->directed);
  spec.flag("--force", "add to a database that holds users already", &options->force);
  spec.value("--users", "N", "invent so many people: 500, 10k, 1M", &options->users);
  spec.value("--posts", "N", "their posts; else as many as people", &options->posts);
  spec.value("--follows", "N", "who follows whom; else ten a person", &options->follows);
  spec.value("--likes", "N", "else five a post", &options->likes);
  spec.value("--seed", "NUMBER", "which world: the same number makes the same one", &options->seed)
      .between(0, 999'999'999'999);
  spec.flag("--append", "with --users: add to a running system, with events", &options->append);
  spec.value("--feeds", "WHO", "with --users: whose prepared feeds are made", &options->feeds)
      .one_of({"active", "all", "none"});
  spec.flag("--discard", "with --users: empty what a broken-off load left, and load again",
            &options->discard);
  spec.value("--now", "TIME", "with --users: when the world's time ends; else now", &options->now);
  spec.dry_run();
  spec.see_also({"migrate up", "users create", "dev"});
  return [options](Runtime& runtime) { return run_seed(runtime, *options); };
}

}  // namespace feedctl::cli
