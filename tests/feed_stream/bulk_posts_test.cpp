// GET /v1/feed/stream while an import or another bulk load adds posts of the past.
#include <memory>
#include <string>
#include <vector>

#include "sse_hub_fixture.hpp"
#include "stream_server.hpp"

using namespace feedctl;
using namespace feedctl::test;

using events::Type;

TEST_CASE("an open stream is told nothing of posts that a bulk load adds") {
  StreamServer site;
  site.follow(1, 2);
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  const auto imported = make_id(now() - 1h, bulk_node, 0);
  site.fresh.execute(
      "WITH made AS (INSERT INTO posts (id, author_id, shard, text) VALUES (" +
      std::to_string(imported) +
      ", 2, feedctl_shard(2), 'of the past') RETURNING id, shard), counter AS (INSERT INTO "
      "post_likes (post_id) SELECT id FROM made) INSERT INTO events (type, shard, actor, object) "
      "SELECT 5, shard, 2, id FROM made");
  const auto written = site.post(2, "news");
  CHECK(page.read_event().post() == written);
  // It came before, and pages show it.
  const auto shown = site.client.get("/v1/feed?limit=10", StreamServer::as_user(1)).body;
  CHECK(shown.find("of the past") != std::string::npos);
  // A reconnecting client is not told of it either, but of its deletion.
  const auto before = page.last_event_id();
  site.remove(2, imported);
  const auto gone = page.read_event();
  CHECK(gone.name == "delete");
  CHECK(gone.post() == imported);
  StreamClient again(site.serve, 1, before);
  CHECK(again.read_event().name == "delete");
}

TEST_CASE("an import of a million posts ends no stream") {
  feed_stream::SseHub::Options options;
  options.max_history = 1000;
  SseHubFixture pages(options);
  pages.signer.set_key(Secret<std::string>("a key"));
  std::shared_ptr<http::EventStream> stream;
  REQUIRE(eventually([&] { return (stream = pages.open(1)) != nullptr; }));
  auto position = pages.current_snapshot();
  const std::vector<events::Event> batch(
      50'000, SseHubFixture::make_event(Type::post_created, 1, make_id(now(), bulk_node, 0)));
  for (int i = 0; i < 20; ++i) {
    pages.streams.on_events(batch);
    ++position.xmax;
    pages.streams.on_published(position);
  }
  const auto last = SseHubFixture::make_event(Type::post_deleted, 1, 7, position.xmax);
  pages.streams.on_events({&last, 1});
  ++position.xmax;
  pages.streams.on_published(position);
  std::string sent, piece;
  CHECK(eventually([&] {
    stream->take_pending(piece);
    sent += piece;
    return sent.find("event: delete\ndata: {\"id\":7}\n") != std::string::npos;
  }));
  CHECK(sent.find("event: reload") == std::string::npos);
  CHECK_FALSE(stream->is_over());
}
