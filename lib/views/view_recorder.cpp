#include "views/view_recorder.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/views.hpp"
#include "users/users.hpp"
#include "views/record_script.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::views {

namespace {

constexpr std::size_t views_per_batch = 500;
constexpr std::size_t max_remembered = 100'000;
constexpr std::size_t record_script_index = 0;

const failpoint::Point record_before{"views.record.before"}, record_after{"views.record.after"};
const failpoint::Point fallback_before{"views.fallback.before"},
    fallback_after{"views.fallback.after"};

struct RecorderMetrics {
  metrics::Counter& redis = metrics::counter("feedctl_views_recorded_total",
                                             "Views that were counted.", {{"store", "redis"}});
  metrics::Counter& postgres = metrics::counter(
      "feedctl_views_recorded_total", "Views that were counted.", {{"store", "postgresql"}});
  metrics::Counter& lost = metrics::counter("feedctl_views_uncounted_total",
                                            "Views that neither Redis nor PostgreSQL could take.");
  metrics::Histogram& batch =
      metrics::histogram("feedctl_views_batch_size", "Views that one call carried.", {},
                         {1, 2, 5, 10, 20, 50, 100, 200, 500});
};

RecorderMetrics& recorder_metrics() {
  static RecorderMetrics metrics;
  return metrics;
}

std::int64_t today() {
  return unix_us(now()) / 86'400'000'000;
}

Error too_busy() {
  return Error(ErrorCode::unavailable, "too many views wait")
      .with_retry_after(std::chrono::seconds{1});
}

}  // namespace

ViewRecorder::ViewRecorder(store::Database& database, Options options)
    : options_(std::move(options)),
      targets_(database, options_.max_target_age),
      database_(database) {
  if (!options_.redis.url.empty())
    redis_.emplace(options_.redis, redis::Scripts{scripts::record_views});
}

ViewRecorder::~ViewRecorder() {
  close();
}

void ViewRecorder::set_installation(const std::string& installation) {
  if (redis_) redis_->set_installation(installation);
}

void ViewRecorder::close() {
  thread_.stop();
}

void ViewRecorder::submit(Id user, std::vector<Id> posts, bool is_bot, OnOutcome done,
                          Deadline deadline) {
  auto lock = thread_.lock();
  thread_.start(lock, [this] { run(); });
  if (thread_.is_stopping(lock) || waiting_views_ + posts.size() > options_.max_pending) {
    lock.unlock();
    return done(too_busy());
  }
  waiting_views_ += posts.size();
  waiting_.push_back({user, std::move(posts), is_bot, std::move(done), deadline});
  const bool wake = waiting_.size() == 1 || fill_.is_complete(waiting_.size());
  lock.unlock();
  if (wake) thread_.wake();
}

void ViewRecorder::run() {
  for (;;) {
    auto lock = thread_.lock();
    thread_.wait(lock, [this] { return !waiting_.empty(); });
    if (waiting_.empty()) return;  // a stop leaves nothing behind
    fill_.wait(thread_, lock, [this] { return waiting_.size(); });
    auto batch = take_batch();
    lock.unlock();
    record(batch);
  }
}

// At least one request, and then as many as make views_per_batch views.
ViewRecorder::Requests ViewRecorder::take_batch() {
  Requests batch;
  std::size_t views = 0;
  while (!waiting_.empty() &&
         (batch.empty() || views + waiting_.front().posts.size() <= views_per_batch)) {
    views += waiting_.front().posts.size();
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_views_ -= views;
  recorder_metrics().batch.observe(static_cast<double>(views));
  return batch;
}

// Nobody waits for their answer any more: while a server hangs, they would delay the others.
void ViewRecorder::refuse_expired(Requests& batch) {
  for (auto& request : batch) {
    if (request.deadline.is_expired()) request.complete(too_busy());
  }
  std::erase_if(batch, [](const Request& request) { return !request.done; });
}

void ViewRecorder::record(Requests& batch) {
  const auto began = Clock::now();
  refuse_expired(batch);
  try {
    const auto items = resolve(batch);
    if (!items.empty() && !record_in_redis(items)) record_in_database(items);
  } catch (const std::exception& error) {
    log::error("views could not be recorded", {{"error", error.what()}});
    for (auto& request : batch) {
      request.complete(Error(ErrorCode::internal, "views could not be recorded"));
    }
  }
  expect_clients_back(batch.size(), Clock::now() - began);
  for (auto& request : batch) request.complete(std::move(request.results));
}

void ViewRecorder::expect_clients_back(std::size_t answered, Clock::duration took) {
  const auto lock = thread_.lock();
  fill_.on_batch(answered, waiting_.size(), took);
}

// What must be asked about; the rest gets its result, and requests that fail get their outcome.
std::vector<ViewRecorder::Item> ViewRecorder::resolve(Requests& batch) {
  std::vector<Id> posts, users;
  for (const auto& request : batch) {
    users.push_back(request.user);
    posts.insert(posts.end(), request.posts.begin(), request.posts.end());
  }
  const auto found = targets_.find(posts, users);
  std::vector<Item> items;
  for (auto& request : batch) {
    const auto user = found.users.find(request.user);
    if (user == found.users.end() || !user->second) {
      request.complete(user == found.users.end()
                           ? Error(ErrorCode::unavailable, "the database does not answer")
                                 .with_retry_after(std::chrono::seconds{1})
                           : users::missing(request.user));
      continue;
    }
    if (found.suspended.count(request.user) != 0) {
      request.complete(users::suspended(request.user));
      continue;
    }
    request.results.assign(request.posts.size(), {});
    for (std::size_t i = 0; i < request.posts.size(); ++i) {
      auto& result = request.results[i];
      const auto post = found.posts.find(request.posts[i]);
      if (post == found.posts.end()) {
        result.reason = found.is_complete ? Reason::not_found : Reason::unavailable;
        continue;
      }
      result.views = post->second.views;
      if (post->second.author == request.user)
        result.reason = Reason::author;
      else if (request.is_bot)
        result.reason = Reason::bot;
      items.push_back({request.user, request.posts[i], post->second.views,
                       result.reason == Reason::none, &result});
    }
  }
  return items;
}

bool ViewRecorder::record_in_redis(std::span<const Item> items) {
  if (!redis_) return false;
  std::vector<std::string> keys, arguments;
  keys.reserve(2 * items.size() + 1);
  arguments.reserve(4 * items.size() + 1);
  keys.emplace_back(keys::pending);
  arguments.push_back(std::to_string(options_.clock_offset.count()));
  for (const auto& item : items) {
    keys.push_back(keys::viewers_of(item.post));
    keys.push_back(keys::total_of(item.post));
    arguments.push_back(std::to_string(item.post));
    arguments.push_back(std::to_string(item.user));
    arguments.push_back(std::to_string(item.stored));
    arguments.emplace_back(!item.counts ? "read" : is_remembered(item) ? "seen" : "view");
  }
  redis::Reply reply;
  try {
    const bool done = redis_->run([&](redis::Connection& redis) {
      record_before.hit();
      reply = redis.eval(record_script_index, {keys.begin(), keys.end()},
                         {arguments.begin(), arguments.end()});
      if (reply.elements.size() != 2 * items.size())
        throw redis::ReplyError("an unexpected answer to a script");
    });
    if (!done) return false;
    record_after.hit();
  } catch (const Error& error) {
    log::debug("redis may not have recorded views", {{"error", error.what()}});
    return false;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& result = *items[i].result;
    const bool counted = reply.elements[2 * i].integer == 1;
    result.views = reply.elements[2 * i + 1].integer;
    if (items[i].counts && !counted) result.reason = Reason::repeated;
    if (counted) recorder_metrics().redis.add();
  }
  return true;
}

// Each pair once: the first one of equal views counts.
void ViewRecorder::record_in_database(std::span<const Item> items) {
  std::vector<Item> sorted;
  for (const auto& item : items) {
    if (item.counts) sorted.push_back(item);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Item& a, const Item& b) {
    return std::pair(a.post, a.user) < std::pair(b.post, b.user);
  });
  std::vector<std::int64_t> posts, users;
  std::vector<const Item*> firsts;
  for (const auto& item : sorted) {
    if (!firsts.empty() && firsts.back()->post == item.post && firsts.back()->user == item.user) {
      item.result->reason = Reason::repeated;
      continue;
    }
    firsts.push_back(&item);
    posts.push_back(item.post);
    users.push_back(item.user);
  }
  if (firsts.empty()) return;
  std::vector<Seen> counted;
  try {
    fallback_before.hit();
    const auto rows = database_.execute(sql::views::record, store::params(posts, users));
    fallback_after.hit();
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      auto& result = *firsts[i]->result;
      result.views = rows[i].integer(2);
      targets_.set_views(firsts[i]->post, result.views);
      if (!rows[i].boolean(1)) result.reason = Reason::repeated;
      if (rows[i].boolean(1)) recorder_metrics().postgres.add();
      counted.emplace_back(firsts[i]->post, firsts[i]->user);
    }
  } catch (const Error& error) {
    log::debug("views are not counted", {{"error", error.what()}});
    for (const auto* item : firsts) item->result->reason = Reason::unavailable;
    recorder_metrics().lost.add(static_cast<double>(firsts.size()));
    return;
  }
  std::unordered_map<Id, std::int64_t> views;
  for (const auto* first : firsts) views[first->post] = first->result->views;
  for (const auto& item : sorted) item.result->views = views[item.post];
  if (redis_) remember(counted);
}

void ViewRecorder::remember(std::span<const Seen> counted) {
  if (const auto day = today(); day != seen_day_) {
    seen_day_ = day;
    seen_in_outage_.clear();
  }
  for (const auto& seen : counted) {
    if (seen_in_outage_.size() < max_remembered) seen_in_outage_.insert(seen);
  }
}

bool ViewRecorder::is_remembered(const Item& item) const {
  return !seen_in_outage_.empty() && seen_day_ == today() &&
         seen_in_outage_.count({item.post, item.user}) != 0;
}

}  // namespace feedctl::views
