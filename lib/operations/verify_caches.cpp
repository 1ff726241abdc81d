// I10: lists and rankings of the shared cache equal what the database answers. A list that shows a
// wrong post is drift at once. A list that lacks a post may only wait for its invalidation, so it
// is drift only if the post is still missing once the entry must have expired.
#include <thread>

#include "base/error.hpp"
#include "feed_materialized/first_page_cache.hpp"
#include "hot/ranking_check.hpp"
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "posts/author_list_cache.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t max_keys = 1'000'000;
constexpr milliseconds recheck_interval{500};

struct Verdict {
  std::string wrong;    // drift
  std::string missing;  // perhaps only lag
};

std::optional<Id> parse_key_id(std::string_view key, std::string_view before,
                               std::string_view after) {
  if (key.size() < before.size() + after.size()) return std::nullopt;
  key.remove_prefix(before.size());
  key.remove_suffix(after.size());
  return parse_id(key);
}

Verdict verdict_of(const std::string& key, const store::Result& found) {
  const auto row = found.single_row();
  Verdict verdict;
  if (!row.is_null(0)) verdict.wrong = key + " shows post " + std::to_string(row.integer(0));
  if (!row.is_null(1)) verdict.missing = key + " lacks post " + std::to_string(row.integer(1));
  return verdict;
}

Verdict check_cached_feed(store::Database& database, const std::string& key,
                          const std::string& body) {
  const auto reader = parse_key_id(key, "feed:", "");
  const auto list = feed_materialized::parse_first_page(body);
  if (!reader || !list) return {key + " cannot be read", ""};
  return verdict_of(
      key, database.read(sql::verify::cached_feed,
                         store::params(*reader, list->posts, list->authors, list->feed_floor,
                                       list->generation, list->is_complete)));
}

Verdict check_author_posts(store::Database& database, const std::string& key,
                           const std::string& body) {
  const auto author = parse_key_id(key, "user:", ":posts");
  const auto list = posts::parse_author_list(body);
  if (!author || !list) return {key + " cannot be read", ""};
  return verdict_of(key, database.read(sql::verify::cached_posts,
                                       store::params(*author, list->posts, list->is_complete)));
}

struct ListKind {
  const char* name;
  const char* pattern;
  milliseconds ttl;
  Verdict (*check)(store::Database& database, const std::string& key, const std::string& body);
};

const ListKind list_kinds[] = {
    {"cached feeds", "feed:*", cache::list_ttl, check_cached_feed},
    {"cached posts of authors", "user:*:posts", cache::list_ttl, check_author_posts}};

class CachedListCheck {
 public:
  CachedListCheck(Audit& audit, const ListKind& lists, cache::Cache& cache)
      : audit_(audit), kind_(lists), cache_(cache), result_(audit.begin_check("I10", lists.name)) {}

  void run() {
    const auto max_count = static_cast<std::size_t>(audit_.sample().value_or(max_keys));
    for (const auto& key : cache_.scan_keys(kind_.pattern, max_count)) {
      if (audit_.should_stop()) return;
      check_key(key);
    }
    while (!pending_.empty() && !audit_.should_stop()) {
      std::this_thread::sleep_for(recheck_interval);
      recheck_pending();
    }
  }

 private:
  struct PendingRecheck {
    std::string key;
    Clock::time_point until;
  };

  // nullopt: readers do not use the entry.
  std::optional<Verdict> inspect(const std::string& key, milliseconds& left) {
    const auto kept = cache_.peek(key);
    if (!kept) return std::nullopt;
    if (!kept->remaining_ttl) return Verdict{key + " never ends", ""};
    left = *kept->remaining_ttl;
    if (left > 2 * kind_.ttl) return Verdict{key + " outlives its time", ""};
    const auto read = cache_.read_entry(key, '1', milliseconds(0));
    if (read.state != cache::EntryLookup::State::fresh || !read.body) return std::nullopt;
    return kind_.check(audit_.database(), key, *read.body);
  }

  void check_key(const std::string& key) {
    milliseconds left{0};
    const auto verdict = inspect(key, left);
    if (!verdict) return;
    audit_.add_checked(result_, 1);
    if (!verdict->wrong.empty()) return report_drift(key, verdict->wrong);
    if (verdict->missing.empty()) return;
    pending_.push_back({key, Clock::now() + left + recheck_interval});
  }

  void recheck_pending() {
    std::vector<PendingRecheck> still;
    for (auto& one : pending_) {
      milliseconds left{0};
      const auto verdict = inspect(one.key, left);
      if (!verdict || (verdict->wrong.empty() && verdict->missing.empty())) continue;
      const bool over = !verdict->wrong.empty() || Clock::now() > one.until;
      if (over)
        report_drift(one.key, verdict->wrong.empty() ? verdict->missing : verdict->wrong);
      else
        still.push_back(std::move(one));
    }
    pending_ = std::move(still);
  }

  void report_drift(const std::string& key, const std::string& what) {
    audit_.add_drift(result_, what);
    if (!audit_.should_repair()) return;
    if (!audit_.database().options().dry_run) cache_.invalidate(std::vector<std::string>{key});
    audit_.add_repaired(result_, "dropped " + key + ": " + what);
  }

  Audit& audit_;
  const ListKind& kind_;
  cache::Cache& cache_;
  CheckResult& result_;
  std::vector<PendingRecheck> pending_;
};

void check_ranking(Audit& audit, cache::Cache& cache) {
  auto& result = audit.begin_check("I10", "cached ranking");
  for (const auto& ranking : hot::check_cached_rankings(audit.database(), cache)) {
    audit.add_checked(result, static_cast<std::int64_t>(ranking.checked_posts));
    for (const auto& wrong : ranking.differences) audit.add_drift(result, wrong);
    if (ranking.differences.empty() || !audit.should_repair()) continue;
    if (!audit.database().options().dry_run) hot::invalidate_ranking(cache, ranking.key);
    audit.add_repaired(result, "dropped " + ranking.key,
                       static_cast<std::int64_t>(ranking.differences.size()));
  }
}

}  // namespace

void check_caches(Audit& audit) {
  auto* cache = audit.cache();
  if (cache == nullptr || !cache->is_shared()) return;
  if (!cache->is_available()) {
    throw Error(ErrorCode::unavailable, "redis does not answer, so what it holds is not checked")
        .with_hint("leave I10 out with --invariant I1,I3,I4,I5,I6,I9,I11")
        .with_detail(cache->last_failure().reason);
  }
  for (const auto& lists : list_kinds) CachedListCheck(audit, lists, *cache).run();
  check_ranking(audit, *cache);
}

}  // namespace feedctl::operations
