#include "operations/verify_audit.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "sql/verify.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::operations {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t initial_slice_size = 64, sample_run_size = 10;
constexpr std::chrono::seconds target_slice_time{1};
constexpr std::size_t max_examples = 5;
constexpr int max_attempts = 6;

}  // namespace

bool Audit::should_stop() {
  if (options_.should_stop && options_.should_stop()) report_.stopped = true;
  return report_.stopped;
}

CheckResult& Audit::begin_check(const char* invariant, std::string name) {
  if (options_.on_check) options_.on_check(name);
  auto& result = report_.results.emplace_back();
  result.invariant = invariant;
  result.name = std::move(name);
  return result;
}

void Audit::add_checked(CheckResult& result, std::int64_t more) {
  result.checked += more;
  if (options_.on_checked) options_.on_checked(more);
}

void Audit::add_drift(CheckResult& result, const std::string& difference) {
  ++result.drift;
  if (result.examples.size() < max_examples) result.examples.push_back(difference);
}

void Audit::add_repaired(CheckResult& result, const std::string& change, std::int64_t more) {
  result.repaired += more;
  if (options_.on_repair) options_.on_repair(change);
}

Ids Audit::keys_after(store::ReadTx& tx, const store::Query& keys, Id after,
                      std::int64_t max_count) {
  Ids ids;
  for (const auto row : tx.query(keys, store::params(after, max_count)))
    ids.push_back(row.integer(0));
  return ids;
}

void Audit::for_each_slice(const store::Query& keys,
                           const std::function<void(store::ReadTx&, const Ids&)>& check,
                           const std::function<void()>& repair, std::int64_t max_size) {
  if (options_.sample)
    scan_sample(keys, *options_.sample, check, repair);
  else
    scan_all(keys, check, repair, max_size);
}

void Audit::scan_all(const store::Query& keys,
                     const std::function<void(store::ReadTx&, const Ids&)>& check,
                     const std::function<void()>& repair, std::int64_t max_size) {
  std::int64_t size = initial_slice_size;
  for (Id after = 0; !should_stop();) {
    const auto start = Clock::now();
    {
      auto tx = database_.snapshot();
      const auto ids = keys_after(tx, keys, after, size);
      if (ids.empty()) return;
      check(tx, ids);
      after = ids.back();
    }
    const auto took = Clock::now() - start;
    if (took > target_slice_time)
      size = std::max<std::int64_t>(size / 2, 1);
    else if (took < target_slice_time / 3)
      size = std::min(size * 2, max_size);
    repair();
  }
}

void Audit::scan_sample(const store::Query& keys, std::int64_t max_count,
                        const std::function<void(store::ReadTx&, const Ids&)>& check,
                        const std::function<void()>& repair) {
  std::mt19937_64 random(std::random_device{}());
  std::set<Id> seen;
  // A small table returns the same keys again and again, so the number of tries is bounded.
  for (std::int64_t tries = 0; tries < 4 * max_count / sample_run_size + 8; ++tries) {
    if (static_cast<std::int64_t>(seen.size()) >= max_count || should_stop()) return;
    {
      auto tx = database_.snapshot();
      const auto first = keys_after(tx, keys, 0, 1);
      if (first.empty()) return;
      // Ids are made by the database's clock; this machine's may differ.
      const auto server_time = tx.query(sql::verify::server_time).single_row().time(0);
      const Id last = std::max(make_id(server_time, 31, 127), first.front());
      std::uniform_int_distribution<Id> anywhere(first.front() - 1, last);
      const auto left = max_count - static_cast<std::int64_t>(seen.size());
      auto ids =
          keys_after(tx, keys, tries == 0 ? 0 : anywhere(random), std::min(left, sample_run_size));
      ids.erase(
          std::remove_if(ids.begin(), ids.end(), [&](Id id) { return !seen.insert(id).second; }),
          ids.end());
      if (!ids.empty()) check(tx, ids);
    }
    repair();
  }
}

bool Audit::repair_with_retry(const std::string& what, const std::function<void()>& repair) {
  for (int attempt = 0;; ++attempt) {
    try {
      repair();
      return true;
    } catch (const store::SqlError& error) {
      const bool again =
          error.is_transient() || error.sqlstate() == store::sqlstate::lock_not_available;
      if (!again || attempt + 1 >= max_attempts) {
        if (options_.on_repair)
          options_.on_repair("not repaired: " + what + ": " + error.what() +
                             (error.detail().empty() ? "" : " (" + error.detail() + ")"));
        return false;
      }
    }
    std::this_thread::sleep_for(
        full_jitter(attempt, std::chrono::milliseconds{100}, std::chrono::seconds{2}));
  }
}

}  // namespace feedctl::operations
