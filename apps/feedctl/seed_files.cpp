// feedctl seed from a file: a fixture of people, a graph, or a fixture of pages.
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/seed_options.hpp"
#include "pages/pages.hpp"
#include "seed/bulk_start.hpp"
#include "seed/content_load.hpp"
#include "seed/fixture_reader.hpp"
#include "seed/graph_reader.hpp"
#include "seed/seed.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

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

int run_world(Runtime& runtime, const SeedOptions& options) {
  const auto world = read_world(options);
  feedctl::seed::require_no_broken_load(runtime.owner());
  feedctl::seed::LoadOptions load_options;
  load_options.force = options.force;
  Progress progress(runtime, "seeding", "rows",
                    static_cast<std::int64_t>(world.users.size() + world.follows.size() +
                                              world.posts.size() + world.likes.size()));
  load_options.on_rows = row_counter(progress);
  feedctl::seed::LoadReport report;
  try {
    report = feedctl::seed::load_world(runtime.owner(), world, load_options);
  } catch (const Error& error) {
    if (!progress.is_interrupted()) throw;
    return report_stopped(runtime, error);
  }
  progress.finish();
  people_counts(report)
      .add("skipped_lines", count_cell(report.skipped_lines))
      .add("dry_run", Cell{runtime.dry_run()})
      .print(runtime);
  return exit_ok;
}

// Of a fixture of pages: no pages. Of all else: no users.
bool holds_data(Runtime& runtime, bool is_content) {
  if (is_content) return feedctl::seed::has_pages(runtime.owner());
  feedctl::seed::require_no_broken_load(runtime.owner());
  return !feedctl::seed::is_empty(runtime.owner());
}

}  // namespace

int run_files(Runtime& runtime, const SeedOptions& options) {
  const auto content = read_content(runtime, options);
  if (options.if_empty && holds_data(runtime, content.has_value())) return report_skipped(runtime);
  return content ? run_content(runtime, *content, *options.fixtures) : run_world(runtime, options);
}

}  // namespace feedctl::cli
