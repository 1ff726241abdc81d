// I10: what lies in the shared cache is what the database would answer. A list that shows what is
// not so is wrong at once; one that lacks something may only wait for its drop, so it is looked at
// again for as long as it may live before that is called drift.
#include <thread>

#include "base/error.hpp"
#include "feed/list.hpp"
#include "hot/cached.hpp"
#include "posts/list.hpp"
#include "sql/verify.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t most_keys = 1'000'000;
constexpr milliseconds between_looks{500};

struct Verdict {
  std::string wrong;  // what is not so
  std::string lacks;  // what may be a moment's lag
};

std::optional<Id> id_in(std::string_view key, std::string_view before, std::string_view after) {
  if (key.size() < before.size() + after.size()) return std::nullopt;
  key.remove_prefix(before.size());
  key.remove_suffix(after.size());
  return parse_id(key);
}

Verdict verdict_of(const std::string& key, const store::Result& found) {
  const auto row = found.only();
  Verdict verdict;
  if (!row.null(0)) verdict.wrong = key + " shows post " + std::to_string(row.integer(0));
  if (!row.null(1)) verdict.lacks = key + " lacks post " + std::to_string(row.integer(1));
  return verdict;
}

Verdict check_feed(store::Database& database, const std::string& key, const std::string& body) {
  const auto reader = id_in(key, "feed:", "");
  const auto list = feed::parse_list(body);
  if (!reader || !list) return {key + " cannot be read", ""};
  return verdict_of(key, database.read(sql::verify::cached_feed,
                                       store::params(*reader, list->posts, list->authors,
                                                     list->floor, list->generation, list->whole)));
}

Verdict check_posts(store::Database& database, const std::string& key, const std::string& body) {
  const auto author = id_in(key, "user:", ":posts");
  const auto list = posts::parse_author_list(body);
  if (!author || !list) return {key + " cannot be read", ""};
  return verdict_of(key, database.read(sql::verify::cached_posts,
                                       store::params(*author, list->posts, list->whole)));
}

struct Lists {
  const char* what;
  const char* pattern;
  milliseconds ttl;
  Verdict (*check)(store::Database& database, const std::string& key, const std::string& body);
};

const Lists kinds[] = {{"cached feeds", "feed:*", cache::list_ttl, check_feed},
                       {"cached posts of authors", "user:*:posts", cache::list_ttl, check_posts}};

class Check {
 public:
  Check(Audit& audit, const Lists& lists, cache::Cache& cache)
      : audit_(audit), lists_(lists), cache_(cache), finding_(audit.begin("I10", lists.what)) {}

  void run() {
    const auto most = static_cast<std::size_t>(audit_.sample().value_or(most_keys));
    for (const auto& key : cache_.some_keys(lists_.pattern, most)) {
      if (audit_.stopped()) return;
      first_look(key);
    }
    while (!waiting_.empty() && !audit_.stopped()) {
      std::this_thread::sleep_for(between_looks);
      look_again();
    }
  }

 private:
  struct Waiting {
    std::string key;
    Clock::time_point until;
  };

  // nullopt: nobody is answered by what stands there.
  std::optional<Verdict> look(const std::string& key, milliseconds& left) {
    const auto kept = cache_.look(key);
    if (!kept) return std::nullopt;
    if (!kept->left) return Verdict{key + " never ends", ""};
    left = *kept->left;
    if (left > 2 * lists_.ttl) return Verdict{key + " outlives its time", ""};
    const auto read = cache_.read_entry(key, '1', milliseconds(0));
    if (read.state != cache::EntryRead::State::fresh || !read.body) return std::nullopt;
    return lists_.check(audit_.database(), key, *read.body);
  }

  void first_look(const std::string& key) {
    milliseconds left{0};
    const auto verdict = look(key, left);
    if (!verdict) return;
    audit_.checked(finding_, 1);
    if (!verdict->wrong.empty()) return found(key, verdict->wrong);
    if (verdict->lacks.empty()) return;
    waiting_.push_back({key, Clock::now() + left + between_looks});
  }

  void look_again() {
    std::vector<Waiting> still;
    for (auto& one : waiting_) {
      milliseconds left{0};
      const auto verdict = look(one.key, left);
      if (!verdict || (verdict->wrong.empty() && verdict->lacks.empty())) continue;
      const bool over = !verdict->wrong.empty() || Clock::now() > one.until;
      if (over)
        found(one.key, verdict->wrong.empty() ? verdict->lacks : verdict->wrong);
      else
        still.push_back(std::move(one));
    }
    waiting_ = std::move(still);
  }

  void found(const std::string& key, const std::string& what) {
    audit_.found(finding_, what);
    if (!audit_.repairs()) return;
    if (!audit_.database().options().dry_run) cache_.invalidate(std::vector<std::string>{key});
    audit_.repaired(finding_, "dropped " + key + ": " + what);
  }

  Audit& audit_;
  const Lists& lists_;
  cache::Cache& cache_;
  Finding& finding_;
  std::vector<Waiting> waiting_;
};

void check_ranking(Audit& audit, cache::Cache& cache) {
  auto& finding = audit.begin("I10", "cached ranking");
  for (const auto& ranking : hot::check_cached(audit.database(), cache)) {
    audit.checked(finding, static_cast<std::int64_t>(ranking.posts));
    for (const auto& wrong : ranking.wrong) audit.found(finding, wrong);
    if (ranking.wrong.empty() || !audit.repairs()) continue;
    if (!audit.database().options().dry_run) hot::drop_cached(cache, ranking.key);
    audit.repaired(finding, "dropped " + ranking.key,
                   static_cast<std::int64_t>(ranking.wrong.size()));
  }
}

}  // namespace

void check_caches(Audit& audit) {
  auto* cache = audit.cache();
  if (cache == nullptr || !cache->shared()) return;
  if (!cache->available()) {
    throw Error(ErrorCode::unavailable, "redis does not answer, so what it holds is not checked")
        .with_hint("leave I10 out with --invariant I1,I3,I4,I6,I9,I11")
        .with_detail(cache->trouble().why);
  }
  for (const auto& lists : kinds) Check(audit, lists, *cache).run();
  check_ranking(audit, *cache);
}

}  // namespace feedctl::verify
