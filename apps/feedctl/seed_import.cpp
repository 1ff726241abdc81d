#include "feedctl/seed_import.hpp"

#include <deque>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/runtime.hpp"
#include "imports/import_load.hpp"
#include "imports/open_archive.hpp"
#include "store/batch_options.hpp"

namespace feedctl::cli {

namespace {

using feedctl::imports::ImportLoad;
using feedctl::imports::ImportReport;
using feedctl::imports::SkipReason;

// Another import of the same account holds its lock for a batch.
store::Options database_options(const Runtime& runtime) {
  auto options = store::with_batch_limits(runtime.owner_options());
  options.lock_timeout = std::chrono::minutes{1};
  options.pool_size = 2;
  return options;
}

RawJson left_out_of(const ImportReport& report) {
  RawJson counts;
  json::Writer writer(counts.text);
  writer.open_object();
  for (std::size_t i = 0; i < report.left_out.size(); ++i) {
    if (report.left_out[i] == 0) continue;
    writer.integer(feedctl::imports::name_of(static_cast<SkipReason>(i)),
                   static_cast<std::int64_t>(report.left_out[i]));
  }
  writer.close_object();
  return counts;
}

Cell count_cell(std::size_t n) {
  return Cell{static_cast<std::int64_t>(n)};
}

void print_reports(const Runtime& runtime, const std::deque<ImportLoad>& loads) {
  Table table({"account", "handle", "posts_added", "posts_known", "follows_added",
               "follows_unknown", "cut", "dry_run", "left_out"});
  for (const auto& load : loads) {
    const auto& report = load.report();
    if (report.handle.empty()) continue;  // refused before it had a user
    table.add({report.account, report.handle, count_cell(report.posts_added),
               count_cell(report.posts_known), count_cell(report.follows_added),
               count_cell(report.follows_unknown), count_cell(report.cut), Cell{runtime.dry_run()},
               left_out_of(report)});
  }
  if (!table.empty()) table.print(runtime);
}

class Importer {
 public:
  Importer(const Runtime& runtime, const ImportCommand& command)
      : command_(command),
        database_(database_options(runtime)),
        progress_(runtime, "importing", "posts", 0) {}

  void import_files() {
    for (const auto& file : command_.files) {
      auto& load = loads_.emplace_back(database_, options());
      feedctl::imports::read_archive(file, load, command_.as_handle);
      load.finish();
    }
    // An archive may follow the account of a later one.
    for (auto& load : loads_) load.retry_unknown_follows();
    progress_.finish();
  }

  void settle() {
    if (!loads_.empty()) loads_.back().settle();
  }
  bool is_interrupted() const { return progress_.is_interrupted(); }
  const std::deque<ImportLoad>& loads() const { return loads_; }

 private:
  feedctl::imports::ImportOptions options() {
    feedctl::imports::ImportOptions options;
    options.as_handle = command_.as_handle;
    options.without_replies = command_.without_replies;
    options.on_posts = [this](std::size_t posts) {
      progress_.advance(static_cast<std::int64_t>(posts));
      return !progress_.is_interrupted();
    };
    return options;
  }

  const ImportCommand& command_;
  store::Database database_;
  Progress progress_;
  std::deque<ImportLoad> loads_;
};

void check_command(const ImportCommand& command) {
  if (command.files.empty()) {
    throw Error(ErrorCode::usage, "--import needs an archive")
        .with_hint("feedctl seed --import archive.zip");
  }
  if (command.as_handle) feedctl::imports::check_as_handle(*command.as_handle);
}

}  // namespace

int run_import(Runtime& runtime, const ImportCommand& command) {
  check_command(command);
  Importer importer(runtime, command);
  try {
    importer.import_files();
  } catch (const Error& error) {
    // What is in stays in.
    importer.settle();
    print_reports(runtime, importer.loads());
    if (!importer.is_interrupted()) throw;
    runtime.notice(std::string("feedctl seed: ") + error.what());
    if (!error.hint().empty()) runtime.notice("hint: " + error.hint());
    return InterruptGuard::exit_code();
  }
  print_reports(runtime, importer.loads());
  return exit_ok;
}

}  // namespace feedctl::cli
