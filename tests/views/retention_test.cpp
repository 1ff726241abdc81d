// Folding of old views: every chunk keeps view_count = base + rows, and only old days leave.
#include "views/retention.hpp"

#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

// $1 days before $2: a partition named views_N.
constexpr store::Query make_day{
    "test/make_day",
    "SELECT feedctl_make_part('post_view_seen', 'day', 'views_' || $1::integer,"
    " ($2::date - $1::integer)::text, ($2::date - $1::integer + 1)::text)"};

// A flush of one view: the row, the counter.
constexpr store::Query count_view{
    "test/count_view",
    "WITH seen AS (INSERT INTO post_view_seen VALUES ($1::bigint, $2::bigint, $3::date)"
    " ON CONFLICT DO NOTHING RETURNING post_id)"
    " UPDATE post_views v SET view_count = view_count + 1 FROM seen s WHERE v.post_id = s.post_id"};

constexpr store::Query read_views{"test/read_views", "SELECT count(*) FROM post_view_seen"};

// Posts 1 to 3, each of which ten people saw before their views were kept as rows.
struct ViewedPosts {
  support::FreshDatabase fresh;
  store::Database database{options(fresh.url())};  // of the role without DDL rights
  store::Database owner{options(fresh.owner_url())};
  const std::string today = fresh.execute("SELECT (now() AT TIME ZONE 'UTC')::date");
  const Time noon = *parse_rfc3339(today + "T12:00:00Z");

  ViewedPosts() {
    fresh.execute("INSERT INTO post_views SELECT n, 10, 10 FROM generate_series(1, 3) n");
  }

  static store::Options options(const Secret<std::string>& url) {
    auto options = support::long_timeouts();
    options.url = url;
    return options;
  }

  std::string day(int days_ago) const {
    return "'" + today + "'::date - " + std::to_string(days_ago);
  }
  void make_partition(int days_ago) { owner.execute(make_day, store::params(days_ago, today)); }
  bool has_partition(int days_ago) const {
    return fresh.execute("SELECT to_regclass('views_" + std::to_string(days_ago) +
                         "') IS NOT NULL") == "t";
  }
  // So many people, who differ by day, see each of the three posts.
  void add_views(int days_ago, int people) const {
    fresh.execute("INSERT INTO post_view_seen SELECT p, 100 + u, " + day(days_ago) +
                  " FROM generate_series(1, 3) p, generate_series(1, " + std::to_string(people) +
                  ") u");
    fresh.execute("UPDATE post_views SET view_count = view_count + " + std::to_string(people));
  }
  std::string of_post(const std::string& column, int post) const {
    return fresh.execute("SELECT " + column +
                         " FROM post_views WHERE post_id = " + std::to_string(post));
  }
  std::string rows() const { return fresh.execute("SELECT count(*) FROM post_view_seen"); }
  std::string wrong_counters() const {
    return fresh.execute(
        "SELECT count(*) FROM post_views v WHERE view_count <> base + (SELECT count(*)"
        " FROM post_view_seen s WHERE s.post_id = v.post_id)");
  }
};

}  // namespace

TEST_CASE("every folded chunk keeps the counters right, and the day's partition goes at last") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 5);
  posts.add_views(0, 2);
  views::FoldLimits one_chunk;
  one_chunk.rows_per_chunk = 4;
  one_chunk.max_chunks = 1;
  for (const int expected : {4, 4, 4, 3}) {
    CHECK(views::fold_old_views(posts.database, posts.noon, one_chunk) == expected);
    CHECK(posts.wrong_counters() == "0");
    CHECK(posts.has_partition(4));
  }
  CHECK(views::fold_old_views(posts.database, posts.noon, one_chunk) == 0);
  CHECK_FALSE(posts.has_partition(4));
  for (const int post : {1, 2, 3}) {
    CHECK(posts.of_post("view_count", post) == "17");
    CHECK(posts.of_post("base", post) == "15");
  }
  CHECK(posts.rows() == "6");
}

TEST_CASE("one call folds all old days, across chunks that end within a post") {
  ViewedPosts posts;
  for (const int days_ago : {6, 5, 4}) {
    posts.make_partition(days_ago);
    posts.add_views(days_ago, 7);
  }
  views::FoldLimits limits;
  limits.rows_per_chunk = 4;
  limits.max_time = 60s;
  CHECK(views::fold_old_views(posts.database, posts.noon, limits) == 63);
  CHECK(posts.wrong_counters() == "0");
  CHECK(posts.rows() == "0");
  for (const int days_ago : {6, 5, 4}) CHECK_FALSE(posts.has_partition(days_ago));
  CHECK(posts.of_post("base", 2) == "31");
}

TEST_CASE("younger days stay, however far ahead a clock is") {
  ViewedPosts posts;
  posts.make_partition(3);
  posts.add_views(3, 1);
  posts.add_views(2, 1);
  CHECK(views::fold_old_views(posts.database, posts.noon) == 0);
  CHECK(posts.has_partition(3));
  CHECK(posts.rows() == "6");
  posts.make_partition(4);
  posts.add_views(4, 1);
  // At this time the day is not old yet.
  CHECK(views::fold_old_views(posts.database, posts.noon - 24h) == 0);
  CHECK(posts.rows() == "9");
  // A clock that is ahead of the server's folds what the server's clock calls old.
  CHECK(views::fold_old_views(posts.database, posts.noon + 400 * 24h) >= 3);
  CHECK(posts.wrong_counters() == "0");
  const auto days_passed =
      posts.fresh.execute("SELECT (now() AT TIME ZONE 'UTC')::date - '" + posts.today + "'::date");
  if (days_passed == "0") CHECK(posts.has_partition(3));
}

TEST_CASE("without a time nothing is folded") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 1);
  CHECK(posts.fresh.execute("SELECT count(*) FROM feedctl_fold_views(NULL, 10, 0, 0)") == "0");
  CHECK(posts.rows() == "3");
}

TEST_CASE("views of a post that is gone leave with their day, and bring no counter back") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 3);
  posts.fresh.execute("DELETE FROM post_views WHERE post_id = 2");
  CHECK(views::fold_old_views(posts.database, posts.noon) == 9);
  CHECK_FALSE(posts.has_partition(4));
  CHECK(posts.fresh.execute("SELECT count(*) FROM post_views") == "2");
  CHECK(posts.wrong_counters() == "0");
}

TEST_CASE("views that are counted while others are folded are counted once") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 100);
  std::atomic<bool> folded{false};
  std::atomic<int> counted{0};
  std::thread flush([&] {
    for (int user = 1000; user < 1020 || !folded; ++user) {
      for (const int post : {1, 2, 3})
        posts.database.execute(count_view, store::params(post, user, posts.today));
      counted = user - 999;
    }
  });
  views::FoldLimits limits;
  limits.rows_per_chunk = 10;
  limits.max_time = 60s;
  // A flush may be in the way of a chunk.
  for (int call = 0; call < 100 && posts.has_partition(4); ++call) {
    views::fold_old_views(posts.database, posts.noon, limits);
    CHECK(posts.wrong_counters() == "0");
  }
  folded = true;
  flush.join();
  CHECK_FALSE(posts.has_partition(4));
  CHECK(posts.wrong_counters() == "0");
  CHECK(posts.of_post("base", 1) == "110");
  CHECK(posts.of_post("view_count", 1) == std::to_string(110 + counted.load()));
}

TEST_CASE("a reader of the views delays the drop of a partition, and nothing else") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 2);
  {
    auto reader = posts.database.snapshot();
    CHECK(reader.query(read_views).single_row().integer(0) == 6);
    CHECK(views::fold_old_views(posts.database, posts.noon) == 6);
    CHECK(posts.has_partition(4));
    CHECK(reader.query(read_views).single_row().integer(0) == 6);
  }
  CHECK(posts.wrong_counters() == "0");
  CHECK(views::fold_old_views(posts.database, posts.noon) == 0);
  CHECK_FALSE(posts.has_partition(4));
}

TEST_CASE("only one process folds at a time") {
  ViewedPosts posts;
  posts.make_partition(4);
  posts.add_views(4, 2);
  constexpr store::Query lock{
      "test/lock", "SELECT pg_advisory_xact_lock(hashtextextended('feedctl.fold_views', 0))"};
  {
    auto other = posts.database.write();
    other.query(lock);
    CHECK(views::fold_old_views(posts.database, posts.noon) == 0);
  }
  CHECK(views::fold_old_views(posts.database, posts.noon) == 6);
}

TEST_CASE("missing partitions of the views are created, two days ahead") {
  ViewedPosts posts;
  const auto days = [&] {
    return posts.fresh.execute(
        "SELECT count(*) FROM feedctl_view_parts() WHERE upto_day > (now() AT TIME ZONE "
        "'UTC')::date");
  };
  posts.fresh.execute(
      "DO $$ DECLARE name text; BEGIN FOR name IN SELECT part FROM feedctl_view_parts() LOOP"
      " EXECUTE format('DROP TABLE %I', name); END LOOP; END $$");
  CHECK(days() == "0");
  views::create_view_partitions(posts.database);
  CHECK(days() == "3");
  views::create_view_partitions(posts.database);
  CHECK(days() == "3");
  posts.add_views(2, 1);
  posts.add_views(-2, 1);
}

TEST_CASE("old epochs go, but not the current one, nor the last one of which a batch was applied") {
  ViewedPosts posts;
  const auto add = [&](const std::string& epoch, int days_ago, int max_sequence) {
    posts.fresh.execute(
        "INSERT INTO view_epoch (epoch, max_sequence, established, started_at) VALUES ('" + epoch +
        "', " + std::to_string(max_sequence) + ", true, '" + posts.today +
        "T12:00:00Z'::timestamptz - interval '" + std::to_string(days_ago) + " days')");
  };
  const auto epochs = [&] {
    return posts.fresh.execute("SELECT string_agg(epoch, ' ' ORDER BY id) FROM view_epoch");
  };
  add("a", 40, 5);
  add("b", 30, 6);  // the last one with an applied batch
  add("c", 20, 0);  // ended eight days ago
  add("d", 8, 0);   // ended six days ago
  add("e", 6, 0);
  add("f", 5, 0);
  views::prune_epochs(posts.database, posts.noon);
  CHECK(epochs() == "b d e f");
  views::prune_epochs(posts.database, posts.noon + 3 * 24h);
  CHECK(epochs() == "b f");
  posts.fresh.execute("UPDATE view_epoch SET max_sequence = 7 WHERE epoch = 'f'");
  views::prune_epochs(posts.database, posts.noon + 3 * 24h);
  CHECK(epochs() == "f");
  views::prune_epochs(posts.database, posts.noon + 400 * 24h);
  CHECK(epochs() == "f");
}
