#include "commands/batch.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/backoff.hpp"
#include "commands/deadlines.hpp"
#include "commands/queue.hpp"
#include "commands/refusal.hpp"
#include "commands/side_road.hpp"
#include "metrics/metrics.hpp"
#include "store/guard.hpp"

namespace feedctl::commands {

namespace {

using namespace std::chrono_literals;

// Who was answered is often back with the next command a moment later. So where that is short
// beside the commit that it shares, the next statement waits for as many as were there before.
constexpr int share_of_wait = 4;
constexpr Clock::duration least_wait = 20us, most_wait = 1ms;

// How long a lane tries to learn what became of a statement whose connection broke.
constexpr auto settle_time = 3s;

store::Options session_options(store::Options options, const Lane::Options& lane) {
  if (options.dry_run) throw Error(ErrorCode::internal, "a lane carries nothing out for show");
  options.application_name += "." + lane.name;
  if (options.lock_timeout.count() == 0 || options.lock_timeout > lane.lock_timeout) {
    options.lock_timeout = lane.lock_timeout;
  }
  // The plan must fit whatever comes, and be made once: planning takes longer than a small batch.
  options.settings.emplace_back("plan_cache_mode", "force_generic_plan");
  options.settings.emplace_back("enable_seqscan", "off");
  return options;
}

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

struct Metrics {
  explicit Metrics(const std::string& name)
      : size(metrics::histogram("feedctl_batch_size", "Commands that one statement carried.",
                                {{"command", name}}, {1, 2, 5, 10, 20, 50, 100, 200, 500})),
        wait(metrics::histogram(
            "feedctl_batch_wait_seconds", "How long the oldest command of a batch had waited.",
            {{"command", name}}, {.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5})),
        waiting(metrics::gauge("feedctl_batch_waiting", "Commands that wait for a statement.",
                               {{"command", name}})),
        splits(metrics::counter("feedctl_batch_splits_total", "Batches that failed and were split.",
                                {{"command", name}})),
        doubts(metrics::counter("feedctl_batch_doubts_total",
                                "Batches whose outcome was unknown and that were run again.",
                                {{"command", name}})) {}
  metrics::Histogram& size;
  metrics::Histogram& wait;
  metrics::Gauge& waiting;
  metrics::Counter& splits;
  metrics::Counter& doubts;
};

}  // namespace

class Lane::Impl {
 public:
  Impl(store::Database& database, const store::Query& query, Options options)
      : options_(std::move(options)),
        query_(query),
        session_options_(session_options(database.options(), options_)),
        metrics_(options_.name),
        side_(database, query, options_) {}
  ~Impl() { close(); }

  void submit(WaitingPtr waiting) {
    {  // what may throw comes before anybody else knows of it
      const std::lock_guard lock(mutex_);
      if (!closing_ && !thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    if (waiting->deadline != Clock::time_point::max()) deadlines_.watch(waiting);
    bool wake = false, full = false, taken = false;
    {
      const std::lock_guard lock(mutex_);
      full = closing_ || queue_.size() + side_.waiting() >= options_.waiting;
      taken = !full && queue_.push(waiting);
      if (taken) wake = std::exchange(idle_, false) || queue_.size() == awaited_;
    }
    if (!taken) waiting->answer(full || !waiting->key ? too_busy() : in_flight());
    if (wake) ready_.notify_one();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    ready_.notify_one();
    if (thread_.joinable()) thread_.join();
    side_.close();
    deadlines_.close();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      idle_ = queue_.empty();
      ready_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      await_returning(lock);
      auto batch = queue_.take(options_.batch);
      const auto left = queue_.size();
      lock.unlock();
      metrics_.waiting.set(static_cast<double>(left));
      side_.take_locked(batch);
      if (!batch.rows.empty()) {
        note(batch);
        carry(std::move(batch));
      }
      lock.lock();
    }
  }

  void await_returning(std::unique_lock<std::mutex>& lock) {
    const auto wait = std::min<Clock::duration>(took_ / share_of_wait, most_wait);
    if (queue_.size() >= expected_ || wait < least_wait) return;
    awaited_ = expected_;
    ready_.wait_for(lock, wait, [&] { return closing_ || queue_.size() >= awaited_; });
    awaited_ = 0;
  }

  // Before the batch is answered: afterwards some are back already.
  void expect_again(const Batch& batch, Clock::duration took) {
    took_ = took;
    const std::lock_guard lock(mutex_);
    expected_ = std::min(batch.rows.size() + queue_.size(), options_.batch);
  }

  void note(const Batch& batch) {
    metrics_.size.observe(static_cast<double>(batch.rows.size()));
    metrics_.wait.observe(seconds(Clock::now() - batch.rows.front().front()->came));
  }

  // Until everybody in the batch has an outcome or has gone to the side road.
  void carry(Batch batch) {
    std::optional<Clock::time_point> doubt;
    for (int attempt = 1;; ++attempt) {
      batch.forget_answered();
      if (batch.rows.empty()) return;
      const auto began = Clock::now();
      try {
        store::require_writes_open();
        const auto rows = session().run(query_, params_of(batch));
        expect_again(batch, Clock::now() - began);
        return answer(batch, rows, options_.after);
      } catch (const Error& error) {
        const auto* sql = dynamic_cast<const store::SqlError*>(&error);
        const bool cut = session_ && !session_->usable();
        if (cut) {
          metrics_.doubts.add();
          if (!doubt) doubt = began;
          batch.in_doubt(*doubt);
          session_.reset();
        }
        if (doubt && (cut || sql == nullptr)) {
          // What was sent may have been done: it is run again, which does nothing twice.
          if (Clock::now() - *doubt > settle_time) return fail(batch, error);
          if (!session_ && attempt > 1) std::this_thread::sleep_for(full_jitter(1, 25ms, 50ms));
          continue;
        }
        if (sql == nullptr) return fail(batch, error);
        const auto remedy = remedy_of(*sql);
        if (remedy == Remedy::again && attempt < most_attempts) continue;
        if (remedy == Remedy::none) return fail(batch, error);
        metrics_.splits.add();
        return side_.take(std::move(batch));
      } catch (const std::exception& error) {
        return fail(batch, broken(error));
      }
    }
  }

  store::Session& session() {
    if (session_ && !session_->usable()) session_.reset();
    if (!session_) session_.emplace(session_options_);
    return *session_;
  }

  const Options options_;
  const store::Query query_;
  const store::Options session_options_;
  Metrics metrics_;
  SideRoad side_;
  Deadlines deadlines_;
  std::mutex mutex_;
  std::condition_variable ready_;
  Queue queue_;
  bool idle_ = false;
  std::size_t awaited_ = 0;   // the lane waits until so many are there
  std::size_t expected_ = 0;  // this and the next one are the lane's thread's
  Clock::duration took_{0};
  bool closing_ = false;
  std::optional<store::Session> session_;  // of the lane's thread
  std::thread thread_;
};

Lane::Lane(store::Database& database, const store::Query& query, Options options)
    : impl_(std::make_unique<Impl>(database, query, std::move(options))) {}
Lane::~Lane() = default;

void Lane::submit(Id actor, Id object, const Command& command, Done done) {
  auto waiting = std::make_shared<Waiting>();
  waiting->actor = actor;
  waiting->object = object;
  waiting->key = command.key;
  waiting->deadline = command.deadline.at();
  waiting->came = Clock::now();
  waiting->done = std::move(done);
  impl_->submit(std::move(waiting));
}

Reply Lane::run(Id actor, Id object, const Command& command) {
  std::mutex mutex;
  std::condition_variable come;
  std::optional<Outcome> outcome;
  submit(actor, object, command, [&](Outcome got) {
    const std::lock_guard lock(mutex);  // held while notifying: the waiter ends both
    outcome = std::move(got);
    come.notify_one();
  });
  std::unique_lock lock(mutex);
  come.wait(lock, [&] { return outcome.has_value(); });
  return reply_in(*outcome);
}

const Reply& reply_in(const Outcome& outcome) {
  if (const auto* error = std::get_if<Error>(&outcome)) throw *error;
  return std::get<Reply>(outcome);
}

void Lane::close() {
  impl_->close();
}

}  // namespace feedctl::commands
