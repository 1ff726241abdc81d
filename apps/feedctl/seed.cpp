// feedctl seed: fills a database with a small world, a fixture file or a graph.
#include "seed/seed.hpp"

#include <filesystem>
#include <fstream>

#include "feedctl/commands.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/frame/progress.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

struct SeedOptions {
  std::optional<std::string> profile, fixtures, graph;
  bool directed = false;
  bool force = false;
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

int run_seed(Runtime& runtime, const SeedOptions& options) {
  const int sources =
      options.profile.has_value() + options.fixtures.has_value() + options.graph.has_value();
  if (sources != 1) {
    throw Error(ErrorCode::usage, "give one of --profile, --fixtures and --graph")
        .with_hint("feedctl seed --profile small");
  }
  if (options.directed && !options.graph)
    throw Error(ErrorCode::usage, "--directed goes with --graph");
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
    runtime.say(std::string("feedctl seed: ") + error.what());
    return Interrupts::exit_code();
  }
  progress.finish();
  const auto number = [](std::size_t n) { return Cell{static_cast<std::int64_t>(n)}; };
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
      " users already is refused without --force; then known handles are reused.");
  spec.example("a small lively world", "feedctl seed --profile small");
  spec.example("the friendships of a graph, \"a b\" a line; node n becomes u<n>",
               "feedctl seed --graph friends.edges");
  spec.example("what would be written", "feedctl seed --fixtures fixtures/small.yaml --dry-run");
  spec.value("--profile", "NAME", "a world that is built in", &options->profile).one_of({"small"});
  spec.value("--fixtures", "FILE", "a YAML file of users, follows and posts", &options->fixtures);
  spec.value("--graph", "EDGES", "a graph, two node numbers a line: both follow each other",
             &options->graph);
  spec.flag("--directed", "with --graph: only the first follows the second", &options->directed);
  spec.flag("--force", "add to a database that holds users already", &options->force);
  spec.dry_run();
  spec.see_also({"migrate up", "users create", "dev"});
  return [options](Runtime& runtime) { return run_seed(runtime, *options); };
}

}  // namespace feedctl::cli
