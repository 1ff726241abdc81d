// Ids of batches, labels and bots: what is recognized.
#include "support/catch.hpp"
#include "views/counter_buffer.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/user_agents.hpp"

using namespace feedctl;
using views::Batch;
using Kind = Batch::Kind;

TEST_CASE("the id of a batch tells its kind, epoch, sequence number and label") {
  const auto views = Batch::parse("v:EPOCH:7");
  REQUIRE(views);
  CHECK(views->id == "v:EPOCH:7");
  CHECK(views->kind == Kind::views);
  CHECK(views->epoch == "EPOCH");
  CHECK(views->sequence == 7);
  CHECK(views->label.empty());
  CHECK(views->rotated_at.count() == 0);

  const auto impressions = Batch::parse("i:a-b_C:12:pages.videocontent");
  REQUIRE(impressions);
  CHECK(impressions->kind == Kind::impressions);
  CHECK(impressions->epoch == "a-b_C");
  CHECK(impressions->sequence == 12);
  CHECK(impressions->label == "pages.videocontent");
  CHECK(Batch::parse("i:E:1:a:b").value().label == "a:b");

  const auto doubtful = Batch::parse("t:E:pages.audiocontent");
  REQUIRE(doubtful);
  CHECK(doubtful->kind == Kind::doubtful);
  CHECK(doubtful->epoch == "E");
  CHECK(doubtful->sequence == 0);
  CHECK(doubtful->label == "pages.audiocontent");
}

TEST_CASE("what is no id of a batch is refused") {
  for (const auto* id : {"",
                         "v",
                         "v:",
                         "v::",
                         "v::1",
                         "v:E",
                         "v:E:",
                         "v:E:0",
                         "v:E:-1",
                         "v:E:x",
                         "v:E:1x",
                         "v:E:1:",
                         "v:E:1:label",
                         "v:E:9223372036854775808",
                         "i:E:1",
                         "i:E:1:",
                         "i:E::label",
                         "i:E:x:label",
                         "t:E:",
                         "t::label",
                         "t:E",
                         "x:E:1",
                         "xv:E:1",
                         " v:E:1"}) {
    INFO(id);
    CHECK_FALSE(Batch::parse(id));
  }
}

TEST_CASE("a label names the type of its contents") {
  CHECK(views::content_type_of("pages.videocontent") == "video");
  CHECK(views::content_type_of("pages.audiocontent") == "audio");
  for (const auto* label : {"", "video", "pages.", "pages.content", "pages.video",
                            "other.videocontent", "pages.videocontents"}) {
    INFO(label);
    CHECK(views::content_type_of(label).empty());
  }
}

TEST_CASE("a bot is known by any of the texts within its user agent, in any case") {
  const std::vector<std::string> bots{"bot", "Crawler", ""};
  CHECK(views::is_bot("Mozilla/5.0 (compatible; Googlebot/2.1)", bots));
  CHECK(views::is_bot("BOT", bots));
  CHECK(views::is_bot("a cRAWLER of pages", bots));
  CHECK_FALSE(views::is_bot("Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0", bots));
  CHECK_FALSE(views::is_bot("", bots));
  CHECK_FALSE(views::is_bot("bo", bots));
  CHECK_FALSE(views::is_bot("Googlebot", {}));
}

TEST_CASE("a batch passes the horizon at once where Redis writes before it answers") {
  views::Durability durability;
  durability.fsync = "always";
  CHECK(durability.horizon().count() == 0);
  for (const auto* fsync : {"everysec", "no", ""}) {
    durability.fsync = fsync;
    CHECK(durability.horizon().count() == 3000);
  }
}
