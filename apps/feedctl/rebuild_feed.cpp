// feedctl rebuild-feed: adds missing rows of home feeds.
#include "base/error.hpp"
#include "feed_materialized/rebuild.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/job_textfile.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

struct RebuildFlags {
  bool all = false, inactive = false, resume = false;
  std::optional<std::int64_t> user;
  std::optional<std::string> since;
  std::int64_t rate = 0;
  int concurrency = 1;
  std::optional<std::string> textfile;
};

void check(const RebuildFlags& flags) {
  const int scopes = flags.all + flags.since.has_value() + flags.user.has_value() +
                     (flags.inactive && !flags.user) + flags.resume;
  if (scopes != 1) {
    throw Error(ErrorCode::usage, "give one of --all, --user, --since, --inactive and --resume")
        .with_hint("feedctl rebuild-feed --all");
  }
}

feed_materialized::RebuildOptions options_of(const RebuildFlags& flags) {
  feed_materialized::RebuildOptions options;
  options.user = flags.user;
  if (flags.since) {
    options.since = parse_rfc3339(*flags.since);
    if (!options.since) {
      throw Error(ErrorCode::usage, "--since: \"" + *flags.since + "\" is no time")
          .with_hint("give it like 2026-01-31T12:00:00Z");
    }
  }
  options.include_inactive = flags.inactive;
  options.resume = flags.resume;
  options.max_rate = flags.rate;
  options.concurrency = flags.concurrency;
  return options;
}

int print_result(Runtime& runtime, const RebuildFlags& flags,
                 const feed_materialized::RebuildReport& report) {
  const bool dry = runtime.dry_run();
  Record()
      .add("users", report.users)
      .add(dry ? "missing_rows" : "rows_added", report.rows)
      .add("activated", report.activated)
      .add("failed", report.failed)
      .add("stopped", report.stopped)
      .add("dry_run", dry)
      .print(runtime);
  for (const auto& failure : report.failures) runtime.notice("failed: " + failure);
  if (report.stopped) {
    runtime.notice(dry ? "stopped; nothing was written"
                       : "stopped; continue with: feedctl rebuild-feed --resume");
    return InterruptGuard::exit_code();
  }
  if (flags.user && report.users == 0) {
    runtime.notice("no rows are kept for this user, who is inactive: the defining query answers");
    runtime.notice("hint: --inactive makes their rows and keeps them from now on");
  }
  if (report.failed == 0) return exit_ok;
  runtime.notice("hint: fix the cause, then run feedctl rebuild-feed --user for each");
  return exit_failed;
}

int rebuild(Runtime& runtime, const RebuildFlags& flags) {
  check(flags);
  auto options = options_of(flags);
  options.dry_run = runtime.dry_run();
  auto connections = runtime.database_options();
  connections.pool_size = static_cast<std::size_t>(flags.concurrency) + 1;
  store::Database database(connections);
  feed_materialized::RebuildReport report;
  {
    Progress progress(runtime, "rebuilding feeds", "users", 0);
    options.on_total = [&](std::int64_t users) { progress.set_total(users); };
    options.on_done = [&](std::int64_t users) { progress.advance(users); };
    options.should_stop = [&] { return progress.is_interrupted(); };
    report = feed_materialized::rebuild(database, options);
    if (!report.stopped) progress.finish();
  }
  return print_result(runtime, flags, report);
}

}  // namespace

CommandFn rebuild_feed(Spec& spec) {
  auto flags = std::make_shared<RebuildFlags>();
  spec.about(
      "Adds the missing rows of home feeds, in batches of users. It never removes a row, so no "
      "feed gets shorter, and it may run beside serve and work. Ctrl-C stops it between two "
      "batches. A user whose rows fail is counted, the others continue, and the exit code is 1.");
  spec.example("after feedctl verify found rows missing", "feedctl rebuild-feed --all");
  spec.example("how much is missing", "feedctl rebuild-feed --all --dry-run");
  spec.example("only newer posts, with little load",
               "feedctl rebuild-feed --since 2026-01-31T12:00:00Z --rate 2000");
  spec.example("continue after it was stopped or killed", "feedctl rebuild-feed --resume");
  spec.flag("--all", "every user whose rows are kept", &flags->all);
  spec.value("--user", "ID", "one user", &flags->user).between(1, 9007199254740991.0);
  spec.value("--since", "TIME", "every such user, but only posts from this time on", &flags->since);
  spec.flag("--inactive", "every user; the rows of inactive ones are kept from now on",
            &flags->inactive);
  spec.flag("--resume", "continue the last run that did not end", &flags->resume);
  spec.value("--rate", "ROWS", "at most this many rows per second; 0 is no limit", &flags->rate)
      .between(0, 10000000);
  spec.value("--concurrency", "N", "number of batches at the same time", &flags->concurrency)
      .between(1, 32);
  offer_textfile(spec, &flags->textfile);
  spec.offer_dry_run();
  spec.see_also({"verify", "explain", "doctor"});
  return [flags](Runtime& runtime) {
    return run_with_textfile(runtime, flags->textfile,
                             [&](Runtime& of_run) { return rebuild(of_run, *flags); });
  };
}

}  // namespace feedctl::cli
