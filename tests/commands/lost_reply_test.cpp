// A connection breaks while a statement runs: it runs again, and nothing is done twice.
#include "batcher_fixture.hpp"
#include "commands/lossy_proxy.hpp"
#include "support/blocking_follows.hpp"
#include "support/blocking_likes.hpp"

using namespace feedctl;
using namespace feedctl::test;
using Loss = LossyProxy::Loss;

namespace {

// Likes and follows over a proxy; each of their batchers has run its statement once.
struct LossyProxyFixture {
  LossyProxyFixture() {
    const auto post = world.add_post();
    likes.like(1, post);
    likes.unlike(1, post);
    follows.follow(ann, ben);
    follows.unfollow(ann, ben);
  }
  Id add(const std::string& handle) {
    return world.users.create({handle, "", users::Role::user}).id;
  }

  BatcherFixture world{2s};
  LossyProxy proxy{world.fresh.url()};
  store::Database database{BatcherFixture::options(proxy.url(), 2s)};
  support::BlockingLikes likes{database, {}};
  support::BlockingFollows follows{database};
  Id ann = add("ann"), ben = add("ben");
};

}  // namespace

TEST_CASE("a like whose statement or reply was lost is made once and answered as made") {
  LossyProxyFixture lossy;
  Id user = 10;
  for (const auto loss : {Loss::request, Loss::reply}) {
    const auto post = lossy.world.add_post();
    lossy.proxy.lose_next(loss);
    commands::Command plain;
    const auto liked = lossy.likes.like(++user, post, plain);
    CHECK(lossy.proxy.has_lost());
    CHECK(liked.created);
    CHECK(plain.token);
    CHECK(lossy.world.count("likes WHERE id = " + std::to_string(liked.like.id)) == 1);
    lossy.proxy.lose_next(loss);
    auto command = command_with_key(++user, 1);
    const auto once = lossy.likes.like(user, post, command);
    CHECK(lossy.proxy.has_lost());
    CHECK(once.created);
    CHECK(lossy.world.count("events WHERE type = 1 AND object = " + std::to_string(post)) == 2);
    CHECK(lossy.world.count("post_likes WHERE like_count = 2 AND post_id = " +
                            std::to_string(post)) == 1);
    lossy.proxy.lose_next(loss);
    CHECK_FALSE(lossy.likes.like(user, post).created);  // the like is older than the loss
    CHECK(lossy.proxy.has_lost());
  }
  CHECK(lossy.world.count_inconsistencies() == 0);
}

TEST_CASE("an unlike whose statement or reply was lost is done once and answered as done") {
  LossyProxyFixture lossy;
  const auto post = lossy.world.add_post();
  Id user = 10;
  for (const auto loss : {Loss::request, Loss::reply}) {
    lossy.likes.like(++user, post);
    lossy.proxy.lose_next(loss);
    lossy.likes.unlike(user, post);
    CHECK(lossy.proxy.has_lost());
    lossy.likes.like(++user, post);
    lossy.proxy.lose_next(loss);
    auto command = command_with_key(user, 1);
    lossy.likes.unlike(user, post, command);
    CHECK(lossy.proxy.has_lost());
  }
  CHECK(lossy.world.count("likes") == 0);
  CHECK(lossy.world.count("events WHERE type = 2 AND object = " + std::to_string(post)) == 4);
  CHECK(lossy.world.count_inconsistencies() == 0);
  // The lost statement cannot have removed a like of a post that does not exist.
  lossy.proxy.lose_next(Loss::request);
  CHECK_THROWS_AS(lossy.likes.unlike(user, 4711), Error);
}

TEST_CASE("a follow or unfollow whose statement or reply was lost is done once") {
  LossyProxyFixture lossy;
  const auto number = [&](const std::string& what) {
    return lossy.world.count("user_stats WHERE user_id = " + std::to_string(lossy.ann) + " AND " +
                             what);
  };
  for (const auto loss : {Loss::request, Loss::reply}) {
    lossy.proxy.lose_next(loss);
    lossy.follows.follow(lossy.ann, lossy.ben);
    CHECK(lossy.proxy.has_lost());
    CHECK(number("following = 1") == 1);
    lossy.proxy.lose_next(loss);
    lossy.follows.unfollow(lossy.ann, lossy.ben);
    CHECK(lossy.proxy.has_lost());
    CHECK(number("following = 0") == 1);
  }
  CHECK(lossy.world.count("events WHERE type = 3") == 3);
  CHECK(lossy.world.count("events WHERE type = 4") == 3);
}

TEST_CASE("a batch whose reply is lost is answered with its actual outcomes") {
  LossyProxyFixture lossy;
  const auto post = lossy.world.add_post(), blocker = lossy.world.add_post();
  commands::CommandBatcher batcher(lossy.database, sql::likes::like, lossy.world.long_timeouts());
  batcher.execute(1, lossy.world.add_post(), {});
  Outcomes outcomes;
  {
    const auto tx = lossy.world.lock(blocker);
    batcher.submit(1, blocker, {}, outcomes.next());
    REQUIRE(lossy.world.wait_for_blocked());
    for (Id user = 1; user <= 100; ++user) {
      batcher.submit(user, post, user % 2 == 0 ? command_with_key(user, 1) : commands::Command{},
                     outcomes.next());
    }
    lossy.proxy.lose_next(Loss::reply);  // of the next statement, with all hundred commands
  }
  REQUIRE(outcomes.wait_for(101));
  CHECK(lossy.proxy.has_lost());
  CHECK(outcomes.errors() == 0);
  for (std::size_t i = 1; i <= 100; ++i) {
    const auto& reply = outcomes.reply(i);
    CHECK(reply.outcome_unknown_since);
    auto command = command_with_key(static_cast<Id>(i), 1);
    const auto replay = commands::read_replay(command, reply.row(), 6);
    CHECK(replay.has_value() == (i % 2 == 0));
    if (replay) CHECK(replay->status == 201);
    if (!replay) CHECK_FALSE(reply.row().is_null(4));  // the like existed already
  }
  CHECK(lossy.world.count("likes WHERE post_id = " + std::to_string(post)) == 100);
  CHECK(lossy.world.count_inconsistencies() == 0);
}
