// One batch of impressions, sent once or again.
#include "views/impression_sender.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"
#include "views/impressions_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::ImpressionsFixture, test::video;
using views::ImpressionBatch, views::ImpressionSender;
using Outcome = ImpressionSender::Outcome;

namespace {

struct SenderFixture : ImpressionsFixture {
  ImpressionSender sender{database, redis_options(), 900s};
};

ImpressionBatch batch_of(const std::string& id, std::vector<views::Impressions> counts) {
  return {id, video, std::move(counts)};
}

}  // namespace

TEST_CASE("a batch is added to the hash of its label, and the label and its id are noted") {
  SenderFixture fixture;
  auto batch = batch_of("b1", {{1, 2}, {7, 3}});
  CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::counted);
  CHECK(fixture.in_redis(1) == 2);
  CHECK(fixture.in_redis(7) == 3);
  CHECK(fixture.server.cli("SMEMBERS views:labels") == video);
  const auto ttl = std::stoi(fixture.server.cli("TTL views:dedup:b1"));
  CHECK(ttl <= 900);
  CHECK(ttl > 600);
}

TEST_CASE("a batch that is sent again is not counted again, another one is") {
  SenderFixture fixture;
  auto batch = batch_of("b1", {{1, 2}});
  auto other = batch_of("b2", {{1, 5}});
  for (int i = 0; i < 3; ++i)
    CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::counted);
  CHECK(fixture.sender.ingest_impressions(other, false) == Outcome::counted);
  CHECK(fixture.in_redis(1) == 7);
}

TEST_CASE("every key has the prefix") {
  SenderFixture fixture;
  auto options = fixture.redis_options();
  options.prefix = "two:";
  ImpressionSender sender(fixture.database, options, 900s);
  auto batch = batch_of("b1", {{1, 2}});
  CHECK(sender.ingest_impressions(batch, false) == Outcome::counted);
  CHECK(fixture.server.cli("HGET two:views:counter:pages.videocontent 1") == "2");
  CHECK(fixture.server.cli("EXISTS two:views:dedup:b1 two:views:labels") == "2");
  CHECK(fixture.server.cli("EXISTS views:labels views:counter:pages.videocontent") == "0");
}

TEST_CASE("a batch that Redis refuses is not counted in part, and not in doubt") {
  SenderFixture fixture;
  fixture.server.cli("HSET views:counter:pages.videocontent 1 10 2 9223372036854775807 3 30");
  auto batch = batch_of("b1", {{1, 4}, {2, 1}, {3, 4}});
  CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::refused);
  CHECK_FALSE(batch.in_doubt_since.has_value());
  CHECK(fixture.in_redis(1) == 10);
  CHECK(fixture.in_redis(3) == 30);
  CHECK(fixture.server.cli("EXISTS views:dedup:b1") == "0");
  fixture.server.cli("HSET views:counter:pages.videocontent 2 0");
  CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::counted);
  CHECK(fixture.in_redis(1) == 14);
  CHECK(fixture.in_redis(2) == 1);
}

TEST_CASE("the counts are undone where the id or the label cannot be noted") {
  SenderFixture fixture;
  fixture.server.cli("SET views:labels text");
  auto batch = batch_of("b1", {{1, 4}, {2, 1}});
  CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::refused);
  CHECK(fixture.in_redis(1) == 0);
  CHECK(fixture.in_redis(2) == 0);
  CHECK(fixture.server.cli("EXISTS views:dedup:b1") == "0");
}

TEST_CASE("a batch is in doubt only if it may have reached Redis") {
  SenderFixture fixture;
  auto options = fixture.redis_options();
  options.timeout = 200ms;
  ImpressionSender sender(fixture.database, options, 900s);
  auto warm = batch_of("b0", {{1, 1}});
  while (sender.ingest_impressions(warm, true) != Outcome::counted) {
  }
  fixture.server.freeze();
  auto on_open_connection = batch_of("b1", {{1, 2}}), on_new_one = batch_of("b2", {{1, 4}});
  CHECK(sender.ingest_impressions(on_open_connection, true) == Outcome::unreachable);
  CHECK(on_open_connection.in_doubt_since.has_value());
  CHECK(sender.ingest_impressions(on_new_one, true) == Outcome::unreachable);
  CHECK_FALSE(on_new_one.in_doubt_since.has_value());
  fixture.server.resume();
  // Redis finds the command of the lost connection, and the repeated one.
  while (sender.ingest_impressions(on_open_connection, true) != Outcome::counted) {
  }
  CHECK(fixture.in_redis(1) == 3);
}

TEST_CASE("a batch in doubt stays in doubt when Redis refuses a later attempt") {
  SenderFixture fixture;
  fixture.server.cli("SET views:counter:pages.videocontent text");
  auto batch = batch_of("b1", {{1, 2}});
  const auto since = ImpressionBatch::Clock::now();
  batch.in_doubt_since = since;
  CHECK(fixture.sender.ingest_impressions(batch, false) == Outcome::refused);
  CHECK(batch.in_doubt_since == since);
}

TEST_CASE("without Redis a batch is added to the counters, once") {
  ImpressionsFixture fixture;
  ImpressionSender sender(fixture.database, {}, 900s);
  CHECK_FALSE(sender.has_redis());
  const auto batch = batch_of("b1", {{1, 2}, {7, 3}});
  for (int i = 0; i < 3; ++i) sender.add_to_database(batch);
  sender.add_to_database(batch_of("b2", {{7, 10}}));
  CHECK(fixture.in_database(1) == 2);
  CHECK(fixture.in_database(7) == 13);
  CHECK(fixture.in_database(2) == 0);
  CHECK(fixture.fresh.execute("SELECT impressions || ' ' || contents FROM view_flush "
                              "WHERE batch_id = 'd:b1:pages.videocontent' AND orphaned IS NULL") ==
        "5 2");
  CHECK(fixture.fresh.execute("SELECT count(*) FROM view_flush") == "2");
}

TEST_CASE("impressions of contents that are gone are noted in the ledger") {
  ImpressionsFixture fixture;
  ImpressionSender sender(fixture.database, {}, 900s);
  sender.add_to_database(batch_of("b1", {{1, 2}, {70, 3}, {80, 4}}));
  sender.add_to_database(batch_of("b2", {{90, 1}}));
  CHECK(fixture.in_database(1) == 2);
  CHECK(fixture.fresh.execute("SELECT string_agg(impressions || ' ' || contents || ' ' || "
                              "orphaned::text, ', ' ORDER BY batch_id) FROM view_flush") ==
        R"(2 1 {"70": 3, "80": 4}, 0 0 {"90": 1})");
}
