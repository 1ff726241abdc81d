#include "views/impression_recorder.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"

namespace feedctl::views {

namespace {

constexpr std::size_t max_batch_contents = 5000;
constexpr int max_closing_attempts = 3;

metrics::Counter& recorded_counter(const char* store) {
  return metrics::counter("feedctl_impressions_recorded_total",
                          "Impressions of page contents, by where they were counted first.",
                          {{"store", store}});
}

metrics::Counter& dropped_counter(const char* reason) {
  return metrics::counter("feedctl_impressions_dropped_total",
                          "Impressions of page contents that were not counted.",
                          {{"reason", reason}});
}

// Ascending, each once.
std::vector<Id> distinct(std::span<const Id> ids) {
  std::vector<Id> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

}  // namespace

ImpressionRecorder::ImpressionRecorder(store::Database& database, Options options)
    : options_(std::move(options)),
      sender_(database, options_.redis, options_.dedup_ttl),
      to_redis_(recorded_counter("redis")),
      to_database_(recorded_counter("postgresql")),
      dropped_full_(dropped_counter("full")),
      dropped_doubtful_(dropped_counter("doubtful")),
      dropped_closed_(dropped_counter("shutdown")),
      pending_(metrics::gauge("feedctl_impressions_pending",
                              "Impressions of page contents in memory, to be sent.")) {}

ImpressionRecorder::~ImpressionRecorder() {
  close();
}

void ImpressionRecorder::add(std::string_view label, std::span<const Id> contents) noexcept {
  try {
    count(label, distinct(contents));
  } catch (const std::exception&) {
    dropped_full_.add(static_cast<double>(contents.size()));  // no memory
    wake_.notify_one();
  }
}

void ImpressionRecorder::count(std::string_view label, std::span<const Id> contents) {
  std::size_t counted = 0;
  bool is_first = false;
  auto* dropped = &dropped_full_;
  {
    const std::lock_guard lock(mutex_);
    is_first = new_pairs_ == 0;
    if (is_closing_)
      dropped = &dropped_closed_;
    else
      counted = count_locked(label, contents);
    is_first = is_first && new_pairs_ > 0;
  }
  if (is_first) wake_.notify_one();
  pending_.add(static_cast<double>(counted));
  if (counted < contents.size()) dropped->add(static_cast<double>(contents.size() - counted));
}

std::size_t ImpressionRecorder::count_locked(std::string_view label, std::span<const Id> contents) {
  auto found = new_.find(label);
  if (found == new_.end()) found = new_.emplace(label, Counts{}).first;
  auto& counts = found->second;
  std::size_t counted = 0;
  for (const auto content : contents) {
    auto at = counts.find(content);
    if (at == counts.end()) {
      if (new_pairs_ + held_pairs_ >= options_.max_pairs) continue;
      at = counts.emplace(content, 0).first;
      ++new_pairs_;
    }
    ++at->second;
    ++counted;
  }
  return counted;
}

void ImpressionRecorder::start() {
  thread_ = std::thread([this] { run(); });
}

void ImpressionRecorder::run() {
  const auto has_work = [this] { return is_closing_ || new_pairs_ > 0 || !held_.empty(); };
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, has_work);
      if (wake_.wait_for(lock, options_.period, [this] { return is_closing_; })) return;
    }
    try {
      send_once(false);
    } catch (const std::exception& error) {
      log::warning("impressions wait", {{"error", error.what()}});
    }
  }
}

void ImpressionRecorder::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  try {
    for (int attempt = 0; attempt < max_closing_attempts; ++attempt) send_once(true);
    drop_all();
  } catch (const std::exception& error) {
    log::warning("impressions are lost", {{"error", error.what()}});
  }
}

void ImpressionRecorder::send_once(bool closing) {
  take_new(closing);
  drop_doubtful();  // first: the process may have been stopped for long
  if (sender_.has_redis()) send_to_redis(closing);
  send_to_database(closing);
}

// While a batch of a label waits that nobody may have, more impressions of it go on gathering: they
// cost no further memory if they are of the same contents.
void ImpressionRecorder::take_new(bool closing) {
  std::set<std::string, std::less<>> waiting;
  for (const auto& held : held_) {
    if (held.is_fresh() && !closing) waiting.insert(held.batch.label);
  }
  std::map<std::string, Counts> taken;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [label, counts] : new_) {
      if (counts.empty() || waiting.contains(label)) continue;
      new_pairs_ -= counts.size();
      held_pairs_ += counts.size();
      taken[label].swap(counts);
    }
  }
  for (const auto& [label, counts] : taken) hold(label, counts);
}

void ImpressionRecorder::hold(const std::string& label, const Counts& counts) {
  std::vector<Impressions> sorted;
  sorted.reserve(counts.size());
  for (const auto& [content, count] : counts) sorted.push_back({content, count});
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t from = 0; from < sorted.size(); from += max_batch_contents) {
    const auto begin = sorted.begin() + static_cast<std::ptrdiff_t>(from);
    const auto size = std::min(max_batch_contents, sorted.size() - from);
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    held_.push_back({{make_uuid_v7(), label, {begin, end}}});
  }
}

// Stops where Redis does not answer: each further attempt would take its time-outs.
void ImpressionRecorder::send_to_redis(bool closing) {
  using Outcome = ImpressionSender::Outcome;
  auto outcome = Outcome::counted;
  for (auto held = held_.begin(); held != held_.end();) {
    if (held->for_database_since) {
      ++held;
      continue;
    }
    if (outcome != Outcome::unreachable) outcome = sender_.ingest_impressions(held->batch, closing);
    if (outcome == Outcome::counted) {
      held = remove(held, to_redis_);
    } else {
      ++held->failed_attempts;
      ++held;
    }
  }
}

bool ImpressionRecorder::should_use_database(const Held& held, bool closing) const {
  if (held.batch.in_doubt_since) return false;
  return held.for_database_since || closing || !sender_.has_redis() ||
         held.failed_attempts >= options_.max_redis_attempts;
}

void ImpressionRecorder::send_to_database(bool closing) {
  for (auto held = held_.begin(); held != held_.end();) {
    if (!should_use_database(*held, closing)) {
      ++held;
      continue;
    }
    if (!held->for_database_since) held->for_database_since = ImpressionBatch::Clock::now();
    try {
      sender_.add_to_database(held->batch);
    } catch (const Error& error) {
      if (log_throttle_.should_log(error.what()))
        log::warning("impressions wait for the database", {{"error", error.what()}});
      return;
    }
    held = remove(held, to_database_);
  }
}

void ImpressionRecorder::drop_doubtful() {
  const auto now = ImpressionBatch::Clock::now();
  const auto redis_limit = now - std::chrono::milliseconds(options_.dedup_ttl) * 9 / 10;
  const auto database_limit = now - options_.max_database_time;
  for (auto held = held_.begin(); held != held_.end();) {
    const auto &redis = held->batch.in_doubt_since, &database = held->for_database_since;
    const bool is_late =
        (redis && *redis <= redis_limit) || (database && *database <= database_limit);
    held = is_late ? remove(held, dropped_doubtful_) : held + 1;
  }
}

ImpressionRecorder::HeldBatches::iterator ImpressionRecorder::remove(HeldBatches::iterator held,
                                                                     metrics::Counter& counter) {
  const auto impressions = static_cast<double>(held->batch.impressions());
  counter.add(impressions);
  pending_.add(-impressions);
  held_pairs_ -= held->batch.counts.size();
  return held_.erase(held);
}

void ImpressionRecorder::drop_all() {
  if (held_.empty()) return;
  std::int64_t lost = 0;
  for (const auto& held : held_) lost += held.batch.impressions();
  log::warning("impressions are lost, as neither Redis nor the database took them",
               {{"impressions", lost}});
  for (auto held = held_.begin(); held != held_.end();) held = remove(held, dropped_closed_);
}

}  // namespace feedctl::views
