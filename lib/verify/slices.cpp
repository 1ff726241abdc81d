#include "verify/slices.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"

namespace feedctl::verify {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t first_slice = 64, sample_run = 10;
constexpr std::chrono::seconds slice_time{1};
constexpr std::size_t examples_told = 5;
constexpr int attempts = 6;

}  // namespace

bool Audit::stopped() {
  if (options_.stop && options_.stop()) report_.stopped = true;
  return report_.stopped;
}

Finding& Audit::begin(const char* invariant, std::string what) {
  if (options_.on_check) options_.on_check(what);
  Finding finding;
  finding.invariant = invariant;
  finding.what = std::move(what);
  report_.findings.push_back(std::move(finding));
  return report_.findings.back();
}

void Audit::checked(Finding& finding, std::int64_t more) {
  finding.checked += more;
  if (options_.on_checked) options_.on_checked(more);
}

void Audit::found(Finding& finding, const std::string& what) {
  ++finding.drift;
  if (finding.examples.size() < examples_told) finding.examples.push_back(what);
}

void Audit::repaired(Finding& finding, const std::string& change, std::int64_t more) {
  finding.repaired += more;
  if (options_.on_repair) options_.on_repair(change);
}

Ids Audit::keys_behind(store::ReadTx& tx, const store::Query& keys, Id after, std::int64_t most) {
  Ids ids;
  for (const auto row : tx.query(keys, store::params(after, most))) ids.push_back(row.integer(0));
  return ids;
}

void Audit::slices(const store::Query& keys,
                   const std::function<void(store::ReadTx&, const Ids&)>& look,
                   const std::function<void()>& mend, std::int64_t largest) {
  if (options_.sample)
    some(keys, *options_.sample, look, mend);
  else
    all(keys, look, mend, largest);
}

void Audit::all(const store::Query& keys,
                const std::function<void(store::ReadTx&, const Ids&)>& look,
                const std::function<void()>& mend, std::int64_t largest) {
  std::int64_t size = first_slice;
  for (Id after = 0; !stopped();) {
    const auto start = Clock::now();
    {
      auto tx = database_.snapshot();
      const auto ids = keys_behind(tx, keys, after, size);
      if (ids.empty()) return;
      look(tx, ids);
      after = ids.back();
    }
    const auto took = Clock::now() - start;
    if (took > slice_time)
      size = std::max<std::int64_t>(size / 2, 1);
    else if (took < slice_time / 3)
      size = std::min(size * 2, largest);
    mend();
  }
}

void Audit::some(const store::Query& keys, std::int64_t most,
                 const std::function<void(store::ReadTx&, const Ids&)>& look,
                 const std::function<void()>& mend) {
  std::mt19937_64 random(std::random_device{}());
  std::set<Id> seen;
  // Few keys are found again and again: then the sample is what there is, or nearly so.
  for (std::int64_t tries = 0; tries < 4 * most / sample_run + 8; ++tries) {
    if (static_cast<std::int64_t>(seen.size()) >= most || stopped()) return;
    {
      auto tx = database_.snapshot();
      const auto first = keys_behind(tx, keys, 0, 1);
      if (first.empty()) return;
      const Id last = std::max(make_id(now(), 31, 127), first.front());
      std::uniform_int_distribution<Id> anywhere(first.front() - 1, last);
      const auto left = most - static_cast<std::int64_t>(seen.size());
      auto ids =
          keys_behind(tx, keys, tries == 0 ? 0 : anywhere(random), std::min(left, sample_run));
      ids.erase(
          std::remove_if(ids.begin(), ids.end(), [&](Id id) { return !seen.insert(id).second; }),
          ids.end());
      if (!ids.empty()) look(tx, ids);
    }
    mend();
  }
}

bool Audit::mended(const std::string& what, const std::function<void()>& repair) {
  for (int attempt = 0;; ++attempt) {
    try {
      repair();
      return true;
    } catch (const store::SqlError& error) {
      const bool again = error.is_transient() || error.sqlstate() == "55P03";
      if (!again || attempt + 1 >= attempts) {
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

}  // namespace feedctl::verify
