// feedctl warm-cache: fills Redis, and the memory of servers, before readers ask.
#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/job_textfile.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/daemon/view_options.hpp"
#include "feedctl/runtime.hpp"
#include "operations/cache_warmer.hpp"
#include "store/installation.hpp"
#include "views/warm_totals.hpp"

namespace feedctl::cli {

namespace {

struct WarmFlags {
  int posts = 100;
  int readers = 1000;
  int rate = 0;
  std::optional<std::string> textfile;
};

operations::CacheWarmerOptions options_of(const Runtime& runtime, const WarmFlags& flags) {
  operations::CacheWarmerOptions options;
  options.newest_posts = flags.posts;
  options.max_readers = flags.readers;
  options.max_entries_per_second = flags.rate;
  options.dry_run = runtime.dry_run();
  const auto& hot = runtime.config().hot;
  options.hot.refresh_window = hot.refresh_window;
  options.hot.ttl = hot.ttl;
  options.hot.max_lease_duration = hot.lease;
  return options;
}

// Without a shared cache there is nothing to count.
void print_skipped(const Runtime& runtime, const operations::CacheWarmerReport& report,
                   int readers) {
  runtime.notice(
      "redis.url is not set: each serve keeps a ranking and lists of its own, which cannot be "
      "filled from here");
  if (report.servers_notified)
    runtime.notice("every running serve was told to load up to " + std::to_string(readers) +
                   " readers into its memory");
}

int print_result(Runtime& runtime, const operations::CacheWarmerReport& report, int readers) {
  const bool dry = runtime.dry_run();
  Table table({"what", dry ? "missing" : "filled", "there"});
  const auto add = [&](const char* what, const operations::WarmedCount& count) {
    table.add({std::string(what), count.filled, count.already_cached});
  };
  if (report.has_shared_cache) {
    add("hot feed's ranking", report.ranking);
    add("lists of the newest posts' authors", report.authors);
    add("lists of active readers", report.readers);
  }
  if (report.view_totals) add("view totals of the newest posts", *report.view_totals);
  if (report.has_shared_cache || report.view_totals ||
      runtime.common().format() != OutputFormat::table)
    table.print(runtime);
  if (!report.has_shared_cache) print_skipped(runtime, report, readers);
  if (report.failed > 0) {
    runtime.notice(std::to_string(report.failed) + " entries failed; the log says why");
    runtime.notice("hint: run feedctl doctor, then feedctl warm-cache again");
  }
  if (report.stopped) {
    runtime.notice("stopped; run it again for the rest");
    return InterruptGuard::exit_code();
  }
  return report.failed > 0 ? exit_failed : exit_ok;
}

int run_warm_cache(Runtime& runtime, const WarmFlags& flags) {
  auto options = options_of(runtime, flags);
  operations::CacheWarmerReport report;
  {
    Progress progress(runtime, "warming the cache", "entries", 0);
    options.on_total = [&](std::int64_t entries) { progress.set_total(entries); };
    options.on_progress = [&](std::int64_t entries) { progress.advance(entries); };
    options.should_stop = [&] { return progress.is_interrupted(); };
    if (const auto redis = app::view_redis_options(runtime.config()); !redis.url.empty()) {
      options.warm_view_totals = [&runtime, redis](std::span<const Id> posts, bool dry_run) {
        const auto warmed = views::warm_totals(
            runtime.database(), redis, store::installation_id(runtime.database()), posts, dry_run);
        return operations::WarmedCount{warmed.filled, warmed.already_there};
      };
    }
    report = operations::warm_cache(runtime.database(), runtime.cache(), options);
    if (!report.stopped && report.has_shared_cache) progress.finish();
  }
  return print_result(runtime, report, flags.readers);
}

}  // namespace

CommandFn warm_cache(Spec& spec) {
  auto flags = std::make_shared<WarmFlags>();
  spec.about(
      "Puts into Redis, where every running serve finds them at once: the hot feed's ranking, the "
      "lists of the newest posts' authors, the view totals of those posts, and the first rows of "
      "readers who were seen in the last two hours. Then every serve loads that many readers into "
      "its own memory, as it does at its start; without Redis the command does only this. It fills "
      "only entries that are missing or too old for readers. Entries in Redis live for about a "
      "minute, so run it right before traffic comes: after Redis was started empty, or before a "
      "balancer is switched over.");
  spec.example("after Redis was started empty", "feedctl warm-cache");
  spec.example("what is missing", "feedctl warm-cache --dry-run");
  spec.example("more readers, with little load", "feedctl warm-cache --readers 20000 --rate 500");
  spec.value("--posts", "N",
             "the view totals, and the lists of the authors, of this many newest posts",
             &flags->posts)
      .between(0, 100000);
  spec.value("--readers", "N", "the lists of at most this many readers, the last seen first",
             &flags->readers)
      .between(0, 10000000);
  spec.value("--rate", "ENTRIES", "at most this many entries per second; 0 is no limit",
             &flags->rate)
      .between(0, 1000000);
  offer_textfile(spec, &flags->textfile);
  spec.offer_dry_run();
  spec.see_also({"doctor", "verify", "serve"});
  return [flags](Runtime& runtime) {
    return run_with_textfile(runtime, flags->textfile,
                             [&](Runtime& of_run) { return run_warm_cache(of_run, *flags); });
  };
}

}  // namespace feedctl::cli
