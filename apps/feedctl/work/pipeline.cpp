#include "feedctl/work/pipeline.hpp"

#include <atomic>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "commands/command.hpp"
#include "events/parts.hpp"
#include "events/worker.hpp"
#include "feed/activation.hpp"
#include "feed/list_events.hpp"
#include "feed/on_events.hpp"
#include "feed/retention.hpp"
#include "feedctl/work/carrier.hpp"
#include "feedctl/work/upkeep.hpp"
#include "hot/hot.hpp"
#include "jobs/runner.hpp"
#include "leaving/leaving.hpp"
#include "metrics/metrics.hpp"
#include "posts/list.hpp"
#include "store/settled_clock.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;
using events::Event;
using events::Unit;

// Time for statements over many rows, as long as they hold up nobody else.
store::Options patient(store::Options options, std::size_t connections) {
  options.statement_timeout = 30s;
  options.lock_timeout = 5s;
  options.pool_wait = 5s;
  options.pool_size = connections;
  return options;
}

feed::Options feed_options(const config::Config& config) {
  feed::Options options;
  options.settings = config.feed;
  return options;
}

// The second look at an account that left comes when no token of it is good any more.
leaving::Options leaving_options(const config::Config& config) {
  leaving::Options options;
  options.second_pass =
      std::chrono::duration_cast<std::chrono::seconds>(config.auth.max_token_ttl) + 120s;
  return options;
}

// A newer feedctl may write events that this one does not know: they are tried again for a while,
// by whom they may concern.
void refuse_unknown(std::span<const Event> events) {
  for (const auto& event : events) {
    failpoint::reach("work.event", event.object);
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

std::string dead_json(const jobs::DeadLetter& letter) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().integer("id", letter.id).text("kind", letter.kind);
  writer.integer("subject", letter.subject).raw("payload", letter.payload);
  writer.text("error", letter.error).text("died_at", rfc3339(letter.died_at)).close_object();
  return out;
}

}  // namespace

struct Pipeline::Parts {
  Parts(const config::Config& config_, const store::Options& options, cache::Cache& cache,
        const std::string& installation)
      : config(config_),
        database(patient(options, 8)),
        clock(database, config.work.clock_settling),
        hot(database, cache, cursors, {}),
        feed_lists(&cache),
        author_lists(&cache),
        bus(make_bus(config, installation)),
        carrier(bus ? std::make_unique<Carrier>(*bus) : nullptr),
        handlers(make_handlers()),
        runner(std::make_unique<jobs::Runner>(database, kinds())),
        worker(std::make_unique<events::Worker>(worker_options(options), effects())),
        upkeep(std::make_unique<Upkeep>(tasks())) {}

  std::vector<events::Handler> make_handlers() {
    return {feed::on_events(feed_options(config)),
            feed::drop_lists(feed_options(config), feed_lists), posts::drop_lists(author_lists),
            leaving::on_events(leaving_options(config))};
  }

  void handle(Unit& unit, std::span<const Event> events) {
    refuse_unknown(events);
    for (const auto& handler : handlers) handler(unit, events);
    for (const auto& event : events) {
      if (changes_scores(event)) scores_moved = true;
    }
  }

  jobs::Kinds kinds() {
    auto kinds = feed::dropping_lists(feed::job_kinds(feed_options(config)), feed_lists);
    kinds.merge(leaving::job_kinds(leaving_options(config)));
    kinds[jobs::event_kind] = jobs::retry_events(
        [this](Unit& unit, std::span<const Event> events) { handle(unit, events); });
    return kinds;
  }

  events::Worker::Effects effects() {
    return {[this](Unit& unit, std::span<const Event> events) { handle(unit, events); }, jobs::park,
            jobs::bury};
  }

  events::Worker::Options worker_options(const store::Options& options) {
    events::Worker::Options out;
    out.database = patient(options, 1);
    out.concurrency = config.work.concurrency;
    out.batch = config.work.batch;
    out.poll = config.events.poll;
    if (!carrier) return out;
    out.relay = [this](std::span<const Event> events) { carrier->publish(events); };
    out.wait = [this](const std::vector<int>& owned, std::chrono::milliseconds patience) {
      return carrier->wait(owned, patience);
    };
    out.passed = [this](int slot) { carrier->passed(slot); };
    return out;
  }

  // Every second where likes come in, and once a minute for those that leave the window.
  void add_up_scores() {
    const bool moved = scores_moved.exchange(false);
    if (!moved && ++quiet_seconds < 60) return;
    quiet_seconds = 0;
    if (!hot.aggregate()) scores_moved = true;
  }

  void count_backlog() {
    const auto backlog = jobs::backlog(database);
    if (backlog.put_off) jobs::bring_forward(database);
    static const char* lanes[] = {"interactive", "bulk", "low"};
    for (int i = 0; i < 3; ++i) {
      metrics::gauge("feedctl_jobs_open", "Jobs that are open, by lane", {{"lane", lanes[i]}})
          .set(static_cast<double>(backlog.open[i]));
    }
    metrics::gauge("feedctl_jobs_oldest_seconds", "How long the first job has waited")
        .set(static_cast<double>(backlog.oldest.count()));
    metrics::gauge("feedctl_dead_letters", "Events and jobs that were given up")
        .set(static_cast<double>(backlog.dead));
    if (!bus) return;
    const auto carried = bus->backlog();
    metrics::gauge("feedctl_queue_messages", "Messages that the bus holds, by state",
                   {{"state", "waiting"}})
        .set(static_cast<double>(carried.waiting));
    metrics::gauge("feedctl_queue_messages", "Messages that the bus holds, by state",
                   {{"state", "unacknowledged"}})
        .set(static_cast<double>(carried.unacknowledged));
  }

  // To the broker's dead letters, too, for those who look there; the table is what counts. By one
  // of all workers; what it may have told before it ended is told again.
  void publish_dead() {
    if (!worker->relays()) return;
    std::vector<std::int64_t> taken;
    try {
      for (const auto& letter : jobs::unpublished_dead(database, 100)) {
        bus->publish_dead(dead_json(letter));
        taken.push_back(letter.id);
      }
    } catch (...) {
      jobs::mark_published(database, taken);
      throw;
    }
    jobs::mark_published(database, taken);
  }

  // Nothing that is old goes by a clock that may be wrong.
  std::function<void()> by_settled_clock(std::function<void(Time)> task) {
    return [this, task = std::move(task)] {
      if (const auto now = clock.now()) task(*now);
    };
  }

  void keep_feed_parts() {
    const auto now = clock.now();
    const auto options = feed_options(config);
    if (now) feed::lower_floor(database, options.settings.rows_days, options.keeps_all(), *now);
    if (options.keeps_all()) feed::fill_all(database);
    feed::keep_parts(database, options, now);
  }

  std::vector<Upkeep::Task> tasks() {
    std::vector<Upkeep::Task> tasks = {
        {"parts of the log", 10s, [this] { log_parts.keep(); }},
        {"parts of the feeds", 1min, [this] { keep_feed_parts(); }},
        {"hot scores", 1s, [this] { add_up_scores(); }},
        {"backlog", 5s, [this] { count_backlog(); }},
        {"old events", 1min, by_settled_clock([this](Time now) {
           events::retire_part(database, config.events.keep, now);
         })},
        {"old keys", 1min, by_settled_clock([this](Time now) { commands::purge(database, now); })},
        {"old dead letters", 10min, by_settled_clock([this](Time now) {
           jobs::prune_dead(database, config.work.keep_dead, now);
         })},
    };
    if (config.feed.materialize == config::Materialize::active) {
      tasks.push_back({"feeds of users who are away", 10min, by_settled_clock([this](Time now) {
                         feed::deactivate_idle(database, config.feed.active_days, now);
                       })});
    }
    if (config.feed.materialize == config::Materialize::off) {
      tasks.push_back(
          {"feeds that are not kept any more", 1min, [this] { feed::deactivate_all(database); }});
    }
    if (bus)
      tasks.push_back({"dead letters", 1s, [this] { publish_dead(); }});
    else
      tasks.push_back({"a bus' reader", 1min, [this] { events::drop_idle_relay(database); }});
    return tasks;
  }

  const config::Config& config;
  store::Database database;
  events::PartsAhead log_parts{database, config.events.parts_ahead};  // of the upkeep's thread
  store::SettledClock clock;                                          // of it, too
  CursorSigner cursors;
  hot::Feed hot;
  feed::Lists feed_lists;
  posts::AuthorLists author_lists;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<Carrier> carrier;
  std::vector<events::Handler> handlers;
  std::atomic<bool> scores_moved{true};
  int quiet_seconds = 0;
  std::unique_ptr<jobs::Runner> runner;
  std::unique_ptr<events::Worker> worker;
  std::unique_ptr<Upkeep> upkeep;
};

Pipeline::Pipeline(const config::Config& config, const store::Options& database,
                   cache::Cache& cache, const std::string& installation)
    : parts_(std::make_unique<Parts>(config, database, cache, installation)) {}
Pipeline::~Pipeline() = default;

void Pipeline::stop() {
  parts_->upkeep.reset();
  parts_->worker.reset();
  parts_->runner.reset();
}

bool Pipeline::healthy() const {
  return parts_->worker && parts_->worker->healthy();
}

const char* Pipeline::bus() const {
  return parts_->bus ? parts_->bus->name() : "postgres";
}

}  // namespace feedctl::app
