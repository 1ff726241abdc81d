// The feed index alone, over the posts and follows of a database: how long its loads take, what it
// holds in memory, and how long a page of 50 takes those who follow so many others.
// bench_index URL KIND=ID,ID,.. ..   prints a JSON object.
#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include "base/error.hpp"
#include "events/log_tail.hpp"
#include "feed_index/index_queries.hpp"

using namespace feedctl;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int page_size = 50;
constexpr int pages_of_a_kind = 20000;
constexpr Id newest = std::numeric_limits<Id>::max();

// $1 the user before, $2 the last one, $3 so many rows: followers with all whom they follow.
constexpr store::Query sets_of_all{
    "bench/sets",
    "SELECT follower_id, string_agg(followee_id::text, ',') FROM follows "
    "WHERE follower_id > $1::bigint AND follower_id <= $2::bigint "
    "AND follower_id <= coalesce((SELECT follower_id FROM follows WHERE follower_id > $1 "
    "ORDER BY follower_id OFFSET $3::bigint LIMIT 1), $2) GROUP BY follower_id ORDER BY 1"};
constexpr store::Query middle_user{
    "bench/middle",
    "SELECT id FROM users ORDER BY id OFFSET (SELECT count(*) / 2 FROM users) LIMIT 1"};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double resident_mb() {
  malloc_trim(0);
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib * 1024 / 1e6;
  }
  return 0;
}

std::vector<Id> ids_of(std::string_view list) {
  std::vector<Id> ids;
  const char* const end = list.data() + list.size();
  for (const char* at = list.data(); at < end;) {
    Id id = 0;
    at = std::from_chars(at, end, id).ptr + 1;
    ids.push_back(id);
  }
  return ids;
}

void install(feed_index::FeedIndex& index, Id user, std::string_view followees) {
  const auto loading = index.begin_follows_load(user);
  feed_index::Follows follows;
  follows.followees = ids_of(followees);
  follows.is_complete = true;
  if (!index.install_follows(loading, follows))
    throw Error(ErrorCode::internal, "a set was refused");
}

void load_sets(const store::Options& options, feed_index::FeedIndex& index, Id from, Id last) {
  store::Session session(options);
  for (;;) {
    const auto rows = session.run(sets_of_all, store::params(from, last, std::int64_t{200000}));
    if (rows.empty()) return;
    for (const auto row : rows) install(index, row.integer(0), row.text(1));
    from = rows[rows.size() - 1].integer(0);
  }
}

// By two loaders, as many as there are cores.
void load_all_sets(const store::Options& options, feed_index::FeedIndex& index) {
  store::Session session(options);
  const Id middle = session.run(middle_user).single_row().integer(0);
  std::exception_ptr failed;
  std::thread half([&] {
    try {
      load_sets(options, index, middle, newest);
    } catch (...) {
      failed = std::current_exception();
    }
  });
  load_sets(options, index, 0, middle);
  half.join();
  if (failed) std::rethrow_exception(failed);
}

struct Times {
  double p50, p99, posts;
};

Times pages_of(const feed_index::FeedIndex& index, const std::vector<Id>& readers) {
  std::mt19937 random(1);
  std::vector<double> took;
  std::size_t posts = 0;
  feed_index::Page page;
  for (int i = -pages_of_a_kind / 10; i < pages_of_a_kind; ++i) {
    const Id reader = readers[random() % readers.size()];
    const auto start = Clock::now();
    index.read(reader, newest, page_size, page);
    const auto us = 1e6 * seconds_since(start);
    if (page.result != feed_index::Page::Result::complete || page.items.empty()) {
      throw Error(ErrorCode::failed, "reader " + std::to_string(reader) + " has no page");
    }
    if (i < 0) continue;
    took.push_back(us);
    posts += page.items.size();
  }
  std::sort(took.begin(), took.end());
  return {took[took.size() / 2], took[took.size() * 99 / 100],
          static_cast<double>(posts) / static_cast<double>(took.size())};
}

void measure(const store::Options& options, int kinds, char** kind) {
  const double before = resident_mb();
  feed_index::FeedIndex index;
  store::Session session(feed_index::load_session_options(options));
  events::LogTail tail(options, std::nullopt);
  tail.poll();
  auto start = Clock::now();
  feed_index::load_posts(session, index, 1, [] {});
  index.finish_index_load(0, true);
  index.publish(*tail.position());
  std::printf("{\"posts\": %u, \"posts_s\": %.4f", index.size().posts, seconds_since(start));
  std::printf(", \"posts_mb\": %.1f", resident_mb() - before);
  start = Clock::now();
  load_all_sets(options, index);
  std::printf(", \"sets\": %u, \"sets_s\": %.4f", index.size().follow_sets, seconds_since(start));
  std::printf(", \"mb\": %.1f, \"own_count_mb\": %.1f", resident_mb() - before,
              static_cast<double>(index.size().bytes()) / 1e6);
  for (int i = 0; i < kinds; ++i) {
    const std::string_view word = kind[i];
    const auto is = word.find('=');
    const auto times = pages_of(index, ids_of(word.substr(is + 1)));
    const int size = static_cast<int>(is);
    std::printf(", \"p50_%.*s\": %.3f, \"p99_%.*s\": %.3f, \"posts_%.*s\": %.1f", size, word.data(),
                times.p50, size, word.data(), times.p99, size, word.data(), times.posts);
  }
  std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench_index URL KIND=ID,ID,.. ..\n", stderr);
    return 2;
  }
  try {
    store::Options options;
    options.url = Secret<std::string>(argv[1]);
    options.statement_timeout = std::chrono::minutes{5};
    measure(options, argc - 2, argv + 2);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
  return 0;
}
