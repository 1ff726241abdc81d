#include "feedctl/work/worker_app.hpp"

#include <atomic>
#include <mutex>

#include "account_cleanup/account_cleanup.hpp"
#include "accounts/accounts.hpp"
#include "audit/audit_log.hpp"
#include "auth/revocations.hpp"
#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "commands/command.hpp"
#include "events/partitions.hpp"
#include "events/worker.hpp"
#include "feed_materialized/fan_out_handlers.hpp"
#include "feed_materialized/feed_floor_recovery.hpp"
#include "feed_materialized/first_page_invalidation.hpp"
#include "feed_materialized/materialization_state.hpp"
#include "feed_materialized/partition_maintenance.hpp"
#include "feedctl/daemon/bus_factory.hpp"
#include "feedctl/daemon/log_partitions_task.hpp"
#include "feedctl/daemon/periodic_tasks.hpp"
#include "feedctl/work/bus_adapter.hpp"
#include "feedctl/work/media_worker.hpp"
#include "hot/hot_feed.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/event_jobs.hpp"
#include "jobs/runner.hpp"
#include "metrics/metrics.hpp"
#include "posts/author_list_cache.hpp"
#include "store/settled_clock.hpp"
#include "views/retention.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;
using events::Event;
using events::UnitOfWork;

// The subject is the event's object.
const failpoint::Point work_event{"work.event"};

// Longer timeouts, for statements over many rows.
store::Options with_long_timeouts(store::Options options, std::size_t connections) {
  options.statement_timeout = 30s;
  options.lock_timeout = 5s;
  options.pool_wait = 5s;
  options.pool_size = connections;
  return options;
}

feed_materialized::Options feed_options(const config::Config& config) {
  feed_materialized::Options options;
  options.settings = config.feed;
  return options;
}

// The second pass over a deleted account runs once all its tokens have expired.
account_cleanup::Options cleanup_options(const config::Config& config) {
  account_cleanup::Options options;
  options.second_pass_delay =
      std::chrono::duration_cast<std::chrono::seconds>(config.auth.max_token_ttl) + 120s;
  return options;
}

// A newer feedctl may write event types that this one does not know. They are retried, so that a
// newer worker can handle them.
void reject_unknown_types(std::span<const Event> events) {
  for (const auto& event : events) {
    work_event.hit(event.object);
    if (events::name_of(event.type).empty()) {
      throw Error(ErrorCode::internal, "this feedctl knows no event of type " +
                                           std::to_string(static_cast<int>(event.type)));
    }
  }
}

bool changes_scores(const Event& event) {
  return event.type == events::Type::post_liked || event.type == events::Type::post_unliked ||
         event.type == events::Type::post_deleted;
}

std::string dead_letter_json(const jobs::DeadLetter& letter) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().integer("id", letter.id).text("kind", letter.kind);
  writer.integer("subject", letter.subject).raw("payload", letter.payload);
  writer.text("error", letter.error).text("died_at", rfc3339(letter.died_at)).close_object();
  return out;
}

}  // namespace

struct WorkerApp::Components {
  Components(const config::Config& config_, const store::Options& options, cache::Cache& cache_,
             const std::string& installation)
      : config(config_),
        cache(cache_),
        database(with_long_timeouts(options, 8)),
        clock(database, config.work.clock_settling),
        hot(database, cache, cursors, {}),
        feed_lists(&cache),
        author_lists(&cache),
        bus(make_bus(config, installation)),
        bus_adapter(bus ? std::make_unique<BusAdapter>(*bus) : nullptr),
        media(config.media, database),
        handlers(make_handlers()),
        runner(std::make_unique<jobs::Runner>(database, job_handlers(),
                                              [this] { return media.skipped_job_kinds(); })),
        worker(std::make_unique<events::Worker>(worker_options(options), worker_effects())),
        periodic_tasks(std::make_unique<PeriodicTasks>(tasks())) {}

  std::vector<events::Handler> make_handlers() {
    return {feed_materialized::fan_out_handler(feed_options(config)),
            feed_materialized::first_page_invalidation_handler(feed_options(config), feed_lists),
            posts::invalidate_author_lists(author_lists),
            account_cleanup::cleanup_handler(cleanup_options(config)), media.event_handler()};
  }

  void handle(UnitOfWork& unit, std::span<const Event> events) {
    reject_unknown_types(events);
    for (const auto& handler : handlers) handler(unit, events);
    for (const auto& event : events) {
      if (changes_scores(event)) scores_changed = true;
    }
  }

  jobs::HandlerRegistry job_handlers() {
    auto kinds = feed_materialized::with_first_page_invalidation(
        feed_materialized::job_handlers(feed_options(config)), feed_lists);
    kinds.merge(account_cleanup::job_handlers(cleanup_options(config)));
    kinds.merge(media.job_handlers());
    kinds[jobs::event_kind] = jobs::event_retry_handler(
        [this](UnitOfWork& unit, std::span<const Event> events) { handle(unit, events); });
    return kinds;
  }

  events::Worker::Effects worker_effects() {
    return {[this](UnitOfWork& unit, std::span<const Event> events) { handle(unit, events); },
            jobs::retry_event_later, jobs::dead_letter_event};
  }

  events::Worker::Options worker_options(const store::Options& options) {
    events::Worker::Options out;
    out.database = with_long_timeouts(options, 1);
    out.concurrency = config.work.concurrency;
    out.batch = config.work.batch;
    out.poll = config.events.poll;
    if (!bus_adapter) return out;
    out.relay = [this](std::span<const Event> events) { bus_adapter->publish(events); };
    out.wait = [this](const std::vector<int>& owned, std::chrono::milliseconds timeout) {
      return bus_adapter->wait(owned, timeout);
    };
    out.mark_processed = [this](int slot) { bus_adapter->mark_processed(slot); };
    return out;
  }

  // Runs each second while likes come in, and once a minute for likes that leave the window.
  void aggregate_scores() {
    const bool moved = scores_changed.exchange(false);
    if (!moved && ++seconds_since_aggregation < 60) return;
    seconds_since_aggregation = 0;
    if (!hot.aggregate_scores()) scores_changed = true;
  }

  void export_backlog_metrics() {
    const auto backlog = jobs::backlog(database);
    if (backlog.is_delayed_by_clock) jobs::reschedule_after_clock_jump(database);
    static const char* lanes[] = {"interactive", "bulk", "low"};
    for (int i = 0; i < 3; ++i) {
      metrics::gauge("feedctl_jobs_open", "Open jobs, by priority (label lane)",
                     {{"lane", lanes[i]}})
          .set(static_cast<double>(backlog.open[i]));
    }
    metrics::gauge("feedctl_jobs_oldest_seconds", "How long the oldest due job has waited")
        .set(static_cast<double>(backlog.oldest.count()));
    metrics::gauge("feedctl_dead_letters", "Events and jobs that workers gave up")
        .set(static_cast<double>(backlog.dead_letters));
  }

  // Error(unavailable): the bus does not answer.
  bool export_bus_metrics() {
    const auto carried = bus->backlog();
    const auto messages = [](const char* state) -> metrics::Gauge& {
      return metrics::gauge("feedctl_queue_messages", "Messages that the bus holds, by state",
                            {{"state", state}});
    };
    messages("waiting").set(static_cast<double>(carried.waiting));
    messages("unacknowledged").set(static_cast<double>(carried.unacknowledged));
    messages("dead").set(static_cast<double>(carried.dead));
    return true;
  }

  // Copies dead letters to the broker's dead-letter queue; the table stays authoritative. Only the
  // relay does so, and it may repeat some after a crash.
  void publish_dead_letters() {
    if (!worker->is_relay()) return;
    std::vector<std::int64_t> taken;
    try {
      for (const auto& letter : jobs::list_unpublished_dead_letters(database, 100)) {
        bus->publish_dead(dead_letter_json(letter));
        taken.push_back(letter.id);
      }
    } catch (...) {
      jobs::mark_published(database, taken);
      throw;
    }
    jobs::mark_published(database, taken);
  }

  // Runs the task only while the clock is settled, since a wrong clock would delete too much.
  std::function<void()> with_settled_clock(std::function<void(Time)> task) {
    return [this, task = std::move(task)] {
      if (const auto now = clock.now()) task(*now);
    };
  }

  void maintain_feed_partitions() {
    const auto now = clock.now();
    const auto options = feed_options(config);
    if (now)
      feed_materialized::lower_feed_floor(database, options.settings.rows_days,
                                          options.is_for_all_users(), *now);
    if (options.is_for_all_users()) feed_materialized::refill_all(database);
    feed_materialized::maintain_partitions(database, options, now);
  }

  std::vector<PeriodicTasks::Task> tasks() {
    std::vector<PeriodicTasks::Task> tasks = {
        log_partitions_task(database, config.events.parts_ahead),
        {"partitions of the feeds", 1min, [this] { maintain_feed_partitions(); }},
        {"partitions of the views", 10min, [this] { views::create_view_partitions(database); }},
        {"hot scores", 1s, [this] { aggregate_scores(); }},
        {"backlog", 5s, [this] { export_backlog_metrics(); }},
        {"old events", 1min, with_settled_clock([this](Time now) {
           events::drop_oldest_partition(database, config.events.keep, now);
         })},
        {"old views", 1min, with_settled_clock([this](Time now) {
           views::fold_old_views(database, now);
           views::prune_direct_ledger(database, now);
           views::prune_epochs(database, now);
         })},
        {"old keys", 1min,
         with_settled_clock([this](Time now) { commands::delete_expired_keys(database, now); })},
        {"old revocations", 10min,
         with_settled_clock([this](Time now) { auth::prune_revocations(database, now); })},
        {"old sign-ins and sessions", 1min,
         with_settled_clock([this](Time now) { accounts::delete_expired_rows(database, now); })},
        {"old uploads of images", 1min,
         with_settled_clock([this](Time now) { media.delete_expired_uploads(now); })},
        {"old dead letters", 10min, with_settled_clock([this](Time now) {
           jobs::prune_dead_letters(database, config.work.keep_dead, now);
         })},
        {"old audit entries", 10min, with_settled_clock([this](Time now) {
           audit::prune_entries(database, config.audit.keep, now);
         })},
    };
    if (config.feed.materialize == config::Materialize::active) {
      tasks.push_back({"feeds of inactive users", 10min, with_settled_clock([this](Time now) {
                         feed_materialized::deactivate_idle_users(database, config.feed.active_days,
                                                                  now);
                       })});
    }
    if (config.feed.materialize == config::Materialize::off) {
      tasks.push_back({"feeds that are no longer materialized", 1min,
                       [this] { feed_materialized::deactivate_all_users(database); }});
    }
    if (bus)
      tasks.push_back({"dead letters", 1s, [this] { publish_dead_letters(); }});
    else
      tasks.push_back(
          {"relay of an unused bus", 1min, [this] { events::drop_idle_relay(database); }});
    return tasks;
  }

  const config::Config& config;
  cache::Cache& cache;
  store::Database database;
  store::SettledClock clock;  // used by the thread of periodic_tasks
  CursorSigner cursors;
  hot::HotFeed hot;
  feed_materialized::FirstPageCache feed_lists;
  posts::AuthorListCache author_lists;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<BusAdapter> bus_adapter;
  MediaWorker media;
  std::vector<events::Handler> handlers;
  std::atomic<bool> scores_changed{true};
  int seconds_since_aggregation = 0;
  std::unique_ptr<jobs::Runner> runner;
  std::mutex worker_mutex;                 // guards the pointer against is_healthy() during stop()
  std::unique_ptr<events::Worker> worker;  // its drain, in ~Worker, runs outside the mutex
  std::unique_ptr<PeriodicTasks> periodic_tasks;
};

WorkerApp::WorkerApp(const config::Config& config, const store::Options& database,
                     cache::Cache& cache, const std::string& installation)
    : components_(std::make_unique<Components>(config, database, cache, installation)) {}
WorkerApp::~WorkerApp() = default;

std::vector<DependencyProbe> WorkerApp::dependencies() {
  auto& parts = *components_;
  std::vector<DependencyProbe> probes{database_probe(parts.database)};
  if (parts.cache.is_shared())
    probes.push_back({"redis", [&parts] { return parts.cache.is_available(); }});
  if (parts.bus) probes.push_back({"bus", [&parts] { return parts.export_bus_metrics(); }});
  if (parts.media.has_store())
    probes.push_back({"media", [&parts] { return parts.media.is_store_up(); }});
  return probes;
}

void WorkerApp::stop() {
  components_->periodic_tasks.reset();
  std::unique_ptr<events::Worker> draining;
  {
    const std::scoped_lock lock(components_->worker_mutex);
    draining = std::move(components_->worker);
  }
  draining.reset();
  components_->runner.reset();
}

bool WorkerApp::is_healthy() const {
  const std::scoped_lock lock(components_->worker_mutex);
  return components_->worker && components_->worker->is_healthy();
}

const char* WorkerApp::bus_name() const {
  return components_->bus ? components_->bus->name() : "postgres";
}

}  // namespace feedctl::app
