// SseHub: events before the signing key exists, and rounds with more events than a stream may get.
#include <atomic>

#include "sse_hub_fixture.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::test;

using events::Type;

TEST_CASE("before the signing key is loaded readers are refused, and events crash no server") {
  SseHubFixture pages;
  auto position = pages.current_snapshot();
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0}, opened{0};
  std::thread thread([&] {
    for (; !stop; std::this_thread::sleep_for(100us)) ++(pages.open(1) ? opened : refused);
  });
  const ThreadJoiner reader{thread};
  // Deletions of the reader's own posts: the hub sends them without a query.
  for (int i = 0; i < 300; ++i) {
    const auto event = SseHubFixture::make_event(Type::post_deleted, 1, i + 1, position.xmax);
    pages.streams.on_events({&event, 1});
    ++position.xmax;
    pages.streams.on_published(position);
    std::this_thread::sleep_for(1ms);
  }
  CHECK(eventually([&] { return refused > 0; }));
  stop = true;
  thread.join();
  CHECK(opened == 0);
  pages.signer.set_key(Secret<std::string>("a key"));
  CHECK(eventually([&] { return pages.open(1) != nullptr; }));
}

TEST_CASE("a round of millions of events takes no memory, and open pages are to reload") {
  feed_stream::SseHub::Options options;
  options.max_history = 1000;
  SseHubFixture pages(options);
  pages.signer.set_key(Secret<std::string>("a key"));
  std::shared_ptr<http::EventStream> stream;
  REQUIRE(eventually([&] { return (stream = pages.open(1)) != nullptr; }));
  auto position = pages.current_snapshot();
  const std::vector<events::Event> slice(50'000,
                                         SseHubFixture::make_event(Type::user_followed, 2, 3));
  const auto before = support::resident_bytes();
  for (int i = 0; i < 40; ++i) pages.streams.on_events(slice);
  CHECK(support::resident_bytes() - before < 32 << 20);
  CHECK_FALSE(stream->is_over());
  ++position.xmax;
  pages.streams.on_published(position);
  CHECK(eventually([&] { return stream->is_over(); }));
  CHECK(eventually([&] { return pages.open(1) != nullptr; }));
}
