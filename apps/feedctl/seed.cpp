// feedctl seed: fills a database with sample data, a fixture file, a graph or generated data.
#include "seed/seed.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/count_parser.hpp"
#include "feedctl/runtime.hpp"
#include "pages/pages.hpp"
#include "seed/append.hpp"
#include "seed/bulk_load.hpp"
#include "seed/content_load.hpp"
#include "seed/fixture_reader.hpp"
#include "seed/graph_reader.hpp"

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
  // Checked before opening: opening a FIFO blocks until it has a writer, and a device has no end.
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

// At most one byte more than read_fixtures() accepts.
std::string read_start(std::ifstream in) {
  std::string text(feedctl::seed::max_fixture_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::optional<feedctl::seed::ContentFixture> read_content(const Runtime& runtime,
                                                          const SeedOptions& options) {
  if (!options.fixtures) return std::nullopt;
  const auto text = read_start(open_file(*options.fixtures));
  if (!feedctl::seed::is_content_fixture(text)) return std::nullopt;
  const pages::ContentTypes types(runtime.config().content_types, {});
  return feedctl::seed::read_content_fixture(text, *options.fixtures, types);
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

bool is_generated(const SeedOptions& options) {
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
  const auto at_most = [](std::size_t wanted, std::size_t max) { return std::min(wanted, max); };
  shape.follows = count("--follows", options.follows)
                      .value_or(at_most(10 * users, users * (users - (users > 0))));
  shape.likes =
      count("--likes", options.likes).value_or(at_most(5 * shape.posts, users * shape.posts));
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

Cell count_cell(std::size_t n) {
  return Cell{static_cast<std::int64_t>(n)};
}

void print_report(Runtime& runtime, const feedctl::seed::BulkReport& report) {
  Record card;
  card.add("users", count_cell(report.users))
      .add("follows", count_cell(report.follows))
      .add("posts", count_cell(report.posts))
      .add("likes", count_cell(report.likes))
      .add("active", count_cell(report.active_users))
      .add("pull_authors", count_cell(report.fan_out_on_read_authors))
      .add("feed_rows", count_cell(report.feed_rows))
      .add("feed_parts", count_cell(report.feed_partitions));
  for (auto [phase, seconds] : report.seconds) {
    std::replace(phase.begin(), phase.end(), ' ', '_');
    card.add("seconds_" + phase, Cell{seconds});
  }
  card.add("dry_run", Cell{runtime.dry_run()}).print(runtime);
}

int report_stopped(Runtime& runtime, const Error& error) {
  runtime.notice(std::string("feedctl seed: ") + error.what());
  if (!error.hint().empty()) runtime.notice("hint: " + error.hint());
  return InterruptGuard::exit_code();
}

int run_bulk(Runtime& runtime, const SeedOptions& options) {
  const auto& feed = runtime.config().feed;
  feedctl::seed::BulkOptions bulk_options;
  bulk_options.active_days = feed.active_days;
  bulk_options.fan_out_on_read_above = feed.fanout_max_followers;
  bulk_options.discard_broken_load = options.discard;
  bulk_options.feeds = options.feeds == "all"    ? feedctl::seed::MaterializedFeeds::all
                       : options.feeds == "none" ? feedctl::seed::MaterializedFeeds::none
                                                 : feedctl::seed::MaterializedFeeds::active;
  const auto shape = shape_of(options);
  feedctl::seed::check_bulk(runtime.owner(), bulk_options);
  Progress progress(runtime, "generating users", "rows", 0);
  const auto world = feedctl::seed::generate_world(shape);
  const auto plan = feedctl::seed::plan_bulk(world, bulk_options);
  if (runtime.dry_run()) {
    print_report(runtime, plan);
    return exit_ok;
  }
  progress.set_total(static_cast<std::int64_t>(2 * shape.users + shape.follows + 2 * shape.posts +
                                               shape.likes + shape.users +
                                               plan.fan_out_on_read_authors + plan.feed_rows));
  bulk_options.on_phase = [&](const std::string& phase) { progress.start_phase(phase); };
  bulk_options.on_rows = [&](std::size_t rows) {
    progress.advance(static_cast<std::int64_t>(rows));
    return !progress.is_interrupted();
  };
  feedctl::seed::BulkReport report;
  try {
    report = feedctl::seed::load_bulk(runtime.owner_options(), world, bulk_options);
  } catch (const Error& error) {
    if (!progress.is_interrupted()) throw;
    return report_stopped(runtime, error);
  }
  progress.finish();
  print_report(runtime, report);
  return exit_ok;
}

int run_append(Runtime& runtime, const SeedOptions& options) {
  const auto shape = shape_of(options);
  auto [world, is_resumed, rows_done] = feedctl::seed::plan_append(runtime.owner(), shape);
  const auto rows = shape.users + world.followees.size() + shape.posts + shape.likes;
  if (is_resumed) {
    runtime.notice("continues an aborted run: " + std::to_string(rows_done) + " of " +
                   std::to_string(rows) + " rows are in");
  }
  Progress progress(runtime, "adding", "rows", static_cast<std::int64_t>(rows - rows_done));
  feedctl::seed::AppendReport report;
  if (runtime.dry_run()) {
    report.users = shape.users;
    report.follows = shape.follows;
    report.posts = shape.posts;
    report.likes = shape.likes;
  } else {
    feedctl::seed::AppendOptions append_options;
    append_options.on_rows = [&](std::size_t more) {
      progress.advance(static_cast<std::int64_t>(more));
      return !progress.is_interrupted();
    };
    report = feedctl::seed::append(runtime.owner(), std::move(world), append_options);
    progress.finish();
  }
  Record()
      .add("users", count_cell(report.users))
      .add("follows", count_cell(report.follows))
      .add("posts", count_cell(report.posts))
      .add("likes", count_cell(report.likes))
      .add("transactions", count_cell(report.transactions))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  if (!report.stopped) return exit_ok;
  runtime.notice(
      "feedctl seed: stopped; the rows counted above are committed, with their events. The same "
      "command continues from there");
  return InterruptGuard::exit_code();
}

int run_content(Runtime& runtime, const feedctl::seed::ContentFixture& fixture,
                const std::string& source) {
  const auto report = feedctl::seed::load_content(runtime.owner(), fixture, source);
  Record()
      .add("pages", count_cell(report.pages))
      .add("contents", count_cell(report.contents))
      .add("links", count_cell(report.links))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  return exit_ok;
}

void check_sources(const SeedOptions& options) {
  const int sources = options.profile.has_value() + options.fixtures.has_value() +
                      options.graph.has_value() + is_generated(options);
  if (sources != 1) {
    throw Error(ErrorCode::usage, "give one of --profile, --fixtures, --graph and --users")
        .with_hint("feedctl seed --profile small");
  }
  if ((options.append || options.discard || options.now) && !is_generated(options))
    throw Error(ErrorCode::usage, "--append, --discard and --now go with --users");
  if (options.append && options.discard)
    throw Error(ErrorCode::usage, "--append and --discard exclude each other");
}

int run_seed(Runtime& runtime, const SeedOptions& options) {
  check_sources(options);
  if (options.directed && !options.graph)
    throw Error(ErrorCode::usage, "--directed goes with --graph");
  if (is_generated(options)) {
    return options.append || options.force ? run_append(runtime, options)
                                           : run_bulk(runtime, options);
  }
  if (const auto content = read_content(runtime, options))
    return run_content(runtime, *content, *options.fixtures);
  const auto world = read_world(options);
  feedctl::seed::LoadOptions load_options;
  load_options.force = options.force;
  Progress progress(runtime, "seeding", "rows",
                    static_cast<std::int64_t>(world.users.size() + world.follows.size() +
                                              world.posts.size() + world.likes.size()));
  load_options.on_rows = [&](std::size_t rows) {
    progress.advance(static_cast<std::int64_t>(rows));
    return !progress.is_interrupted();
  };
  feedctl::seed::LoadReport report;
  try {
    report = feedctl::seed::load_world(runtime.owner(), world, load_options);
  } catch (const Error& error) {
    if (!progress.is_interrupted()) throw;
    return report_stopped(runtime, error);
  }
  progress.finish();
  Record()
      .add("users", count_cell(report.users))
      .add("follows", count_cell(report.follows))
      .add("posts", count_cell(report.posts))
      .add("likes", count_cell(report.likes))
      .add("skipped_lines", count_cell(report.skipped_lines))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn seed(Spec& spec) {
  auto options = std::make_shared<SeedOptions>();
  spec.about(
      "Adds users, follows, posts and likes in one transaction, with their counters and events. "
      "Without --force it refuses a database that already has users; with it, users whose handles "
      "exist are reused.\n\n"
      "A fixture that is a JSON list holds pages and their contents. Loading it again updates the "
      "same rows and leaves their counters alone.\n\n"
      "With --users it generates the data from --seed: communities, a power law of followers, "
      "posts of the last 30 days. It fills an empty database by parallel COPY, with read models "
      "and without events, while nothing else of feedctl runs. With --append it adds to a running "
      "system in small transactions, each with its events. An aborted --append continues when it "
      "is run again with the same --seed and counts.");
  spec.example("a small set of sample data", "feedctl seed --profile small");
  spec.example("the friendships of a graph, \"a b\" a line; node n becomes u<n>",
               "feedctl seed --graph friends.edges");
  spec.example("a million users", "feedctl seed --users 1M --posts 1M --follows 10M --likes 10M");
  spec.example("more of them, while serve and work run",
               "feedctl seed --users 10k --seed 2 --append");
  spec.example("pages with videos and audios",
               "feedctl seed --fixtures fixtures/sample_content.json");
  spec.example("what would be written", "feedctl seed --fixtures fixtures/small.yaml --dry-run");
  spec.value("--profile", "NAME", "a built-in data set", &options->profile).one_of({"small"});
  spec.value("--fixtures", "FILE",
             "a YAML file of users, follows and posts, or a JSON list of pages and their contents",
             &options->fixtures);
  spec.value("--graph", "EDGES", "a graph, two node numbers a line: both follow each other",
             &options->graph);
  spec.flag("--directed", "with --graph: only the first follows the second", &options->directed);
  spec.flag("--force", "add to a database that already has users", &options->force);
  spec.value("--users", "N", "number of users to generate: 500, 10k, 1M", &options->users);
  spec.value("--posts", "N", "number of posts; else one for each user", &options->posts);
  spec.value("--follows", "N", "number of follows; else ten for each user", &options->follows);
  spec.value("--likes", "N", "number of likes; else five for each post", &options->likes);
  spec.value("--seed", "NUMBER", "the same number generates the same data", &options->seed)
      .between(0, 999'999'999'999);
  spec.flag("--append", "with --users: add to a running system, with events", &options->append);
  spec.value("--feeds", "WHO", "with --users: whose feeds are materialized", &options->feeds)
      .one_of({"active", "all", "none"});
  spec.flag("--discard", "with --users: delete what an aborted load left, and load again",
            &options->discard);
  spec.value("--now", "TIME", "with --users: time of the newest data; else now", &options->now);
  spec.offer_dry_run();
  spec.see_also({"migrate up", "users create", "dev"});
  return [options](Runtime& runtime) { return run_seed(runtime, *options); };
}

}  // namespace feedctl::cli
