// The tables in memory of the models behave as the SQL statements: both run one random history.
// Two histories; four with FEEDCTL_LONG=1.
#include <bit>
#include <random>

#include "feed_materialized/materialization_state.hpp"
#include "feed_materialized/materialized_writer.hpp"
#include "models/feed_tables.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using models::FeedStatements;

namespace {

constexpr models::u8 author_of[models::max_posts] = {0, 1, 0, 1};

class ModelComparison {
 public:
  explicit ModelComparison(unsigned seed) : random_(seed) {
    for (auto& id : readers_) id = real_.app.add_user();
    for (auto& id : authors_) id = real_.app.add_user();
  }

  // A worker's transaction, with commands of users between its statement and its commit.
  void run_random_step() {
    run_user_command();
    {
      events::UnitOfWork unit(real_.app.database.write());
      feed_materialized::MaterializedWriter rows(unit);
      statement(rows);
      in_transaction_ = true;
      run_user_command();
      in_transaction_ = false;
      if (random_below(5) == 0)
        sql_.rollback();
      else {
        unit.commit();
        sql_.commit();
      }
    }
    for (auto& job : model_.jobs) job = {};  // only activation jobs are compared
    real_.app.sql("DELETE FROM jobs");
    same();
  }
  int rows() const { return std::popcount(model_.rows); }

 private:
  int random_below(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

  void run_user_command() {
    for (int n = random_below(4); n > 0; --n) {
      const int u = random_below(2), a = random_below(2);
      const auto pair = models::pair_bit(u, a);
      switch (random_below(7)) {
        case 0:
        case 1:
          real_.follows.follow(readers_[u], authors_[a]);
          model_.follows = static_cast<models::u8>(model_.follows | pair);
          break;
        case 2:
          real_.follows.unfollow(readers_[u], authors_[a]);
          model_.follows = static_cast<models::u8>(model_.follows & ~pair);
          break;
        case 3:
        case 4:
          if (posts_.size() == models::max_posts) break;
          model_.live = static_cast<models::u8>(model_.live | 1 << posts_.size());
          posts_.push_back(real_.post(authors_[author_of[posts_.size()]]));
          break;
        case 5:
          state(u);
          break;
        default:
          if (random_below(3) == 0) remove();
      }
    }
  }

  void remove() {
    const int p = random_below(models::max_posts);
    if (p >= static_cast<int>(posts_.size()) || !(model_.live >> p & 1)) return;
    real_.app.posts.remove(posts_[static_cast<std::size_t>(p)], authors_[author_of[p]], false);
    model_.live = static_cast<models::u8>(model_.live & ~(1 << p));
  }

  void state(int u) {
    if (in_transaction_ && sql_.open().wrote_state >> u & 1) return;  // waits for the row lock
    if (random_below(3) == 0) {
      real_.app.sql("UPDATE feed_state SET state = 0 WHERE user_id = " +
                    std::to_string(readers_[u]));
      others_.deactivate(u);
    } else {
      auto tx = real_.app.database.write();
      feed_materialized::activate_users(tx, {readers_[u]});
      tx.commit();
      others_.activate(u);
    }
  }

  Id post(int p) const { return posts_[static_cast<std::size_t>(p)]; }

  void statement(feed_materialized::MaterializedWriter& rows) {
    const int u = random_below(2), a = random_below(2), most = 1 + random_below(2);
    const int known = static_cast<int>(posts_.size());
    switch (random_below(5)) {
      case 0:
        if (known > 0) fan_out(rows, random_below(known), random_below(2), most);
        break;
      case 1:
        backfill(rows, u, a, most);
        break;
      case 2:
      case 3:
        fill(rows, u, most);
        break;
      default:
        spread(rows);
    }
  }

  void spread(feed_materialized::MaterializedWriter& rows) {
    feed_materialized::FanOutInput news;
    const auto posts = static_cast<models::u8>(random_below(1 << posts_.size()));
    const auto pairs = static_cast<models::u8>(random_below(16));
    for (int p = 0; p < models::max_posts; ++p) {
      if (posts >> p & 1) news.posts.push_back(post(p));
    }
    for (int pair = 0; pair < 4; ++pair) {
      if (!(pairs >> pair & 1)) continue;
      news.followers.push_back(readers_[pair / 2]);
      news.followees.push_back(authors_[pair % 2]);
    }
    const int on_read_above = random_below(8) == 0 ? 1 : 9, followers = 1 + random_below(2),
              direct = 1 + random_below(2);
    models::LargeFanOuts left;
    for (const auto& big : rows.fan_out_batch(news, on_read_above, followers, direct)) {
      for (int p = 0; big.post && p < static_cast<int>(posts_.size()); ++p) {
        if (post(p) == *big.post) left.posts = static_cast<models::u8>(left.posts | 1 << p);
      }
      for (int pair = 0; !big.post && pair < 4; ++pair) {
        if (big.follower == readers_[pair / 2] && big.followee == authors_[pair % 2])
          left.pairs = static_cast<models::u8>(left.pairs | 1 << pair);
      }
    }
    const auto expected = sql_.spread(posts, pairs, on_read_above, followers, direct);
    CHECK(left.posts == expected.posts);
    CHECK(left.pairs == expected.pairs);
  }

  void fan_out(feed_materialized::MaterializedWriter& rows, int p, int after, int most) {
    const auto found = rows.fan_out_chunk(post(p), after == 0 ? 0 : readers_[after - 1], most);
    const auto expected = sql_.fan_out(p, after, most);
    CHECK(found.count == expected.count);
    if (found.count > 0) CHECK(found.last == readers_[expected.last - 1]);
  }

  void backfill(feed_materialized::MaterializedWriter& rows, int u, int a, int most) {
    const auto found = rows.backfill_chunk(readers_[u], authors_[a], posts::max_id, most);
    const auto expected = sql_.backfill(u, a, models::max_posts + 1, most);
    CHECK(found.count == expected.count);
    if (found.count > 0) CHECK(found.last == post(expected.last - 1));
  }

  void fill(feed_materialized::MaterializedWriter& rows, int u, int most) {
    const int generation = model_.states[u].generation - (random_below(6) == 0 ? 1 : 0);
    const auto filled = rows.activate_chunk(readers_[u], generation, most, most);
    const bool expected = sql_.begin_fill(u, generation, most, most);
    REQUIRE(filled.has_value() == expected);
    if (!expected) return;
    CHECK(sql_.end_fill(u, generation));
    const auto& state = sql_.open().states[u];
    CHECK(filled->done == (state.state == 2));
    if (!filled->done) CHECK(filled->cursor == authors_[state.cursor - 1]);
    CHECK(filled->rows == sql_.open().found_count);
  }

  void same() {
    std::set<std::pair<Id, Id>> rows;
    for (int u = 0; u < 2; ++u) {
      for (int p = 0; p < static_cast<int>(posts_.size()); ++p) {
        if (model_.rows & models::row_bit(u, p)) rows.insert({readers_[u], post(p)});
      }
      const auto state = real_.state(readers_[u]);
      CHECK(std::max(state, 0) == model_.states[u].state);
    }
    CHECK(real_.rows() == rows);
    CHECK(real_.app.count("feed_pull") == std::popcount(model_.fan_out_on_read));
  }

  test::FeedFixture real_;
  models::FeedTables model_{};
  FeedStatements sql_{model_, 0, author_of, models::FeedFault::none};
  FeedStatements others_{model_, 1, author_of, models::FeedFault::none};
  std::mt19937 random_;
  Id readers_[2] = {}, authors_[2] = {};
  std::vector<Id> posts_;
  bool in_transaction_ = false;
};

}  // namespace

TEST_CASE("the models' statements behave like those of the database") {
  int rows = 0;
  for (unsigned seed = 1; seed <= support::rounds(2U, 4U); ++seed) {
    INFO("seed " << seed);
    ModelComparison both(seed);
    for (int turn = 0; turn < 60; ++turn) {
      INFO("turn " << turn);
      both.run_random_step();
      rows += both.rows();
    }
  }
  CHECK(rows > support::rounds(25, 50));
}
