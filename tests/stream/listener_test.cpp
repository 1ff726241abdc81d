// What the log gives to open pages: before there is a key, and more than anybody is told.
#include <atomic>

#include "pages.hpp"
#include "support/resident.hpp"

using namespace feedctl;
using namespace feedctl::test;

using events::Type;

TEST_CASE("before there is a key, readers are refused, and what happens ends nobody's server") {
  Pages pages;
  auto position = pages.here();
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0}, opened{0};
  std::thread thread([&] {
    for (; !stop; std::this_thread::sleep_for(100us)) ++(pages.open(1) ? opened : refused);
  });
  const Joined reader{thread};
  // Posts of the reader's own that are gone: they are told at once, whoever is there.
  for (int i = 0; i < 300; ++i) {
    const auto event = Pages::event(Type::post_deleted, 1, i + 1, position.xmax);
    pages.streams.events({&event, 1});
    ++position.xmax;
    pages.streams.published(position);
    std::this_thread::sleep_for(1ms);
  }
  CHECK(soon([&] { return refused > 0; }));
  stop = true;
  thread.join();
  CHECK(opened == 0);
  pages.signer.adopt(Secret<std::string>("a key"));
  CHECK(soon([&] { return pages.open(1) != nullptr; }));
}

TEST_CASE("a round of millions of events takes no memory, and open pages are to reload") {
  feed::Streams::Options options;
  options.history = 1000;
  Pages pages(options);
  pages.signer.adopt(Secret<std::string>("a key"));
  std::shared_ptr<http::EventStream> stream;
  REQUIRE(soon([&] { return (stream = pages.open(1)) != nullptr; }));
  auto position = pages.here();
  const std::vector<events::Event> slice(50'000, Pages::event(Type::user_followed, 2, 3));
  const auto before = support::resident_bytes();
  for (int i = 0; i < 40; ++i) pages.streams.events(slice);
  CHECK(support::resident_bytes() - before < 32 << 20);
  CHECK_FALSE(stream->over());
  ++position.xmax;
  pages.streams.published(position);
  CHECK(soon([&] { return stream->over(); }));
  CHECK(soon([&] { return pages.open(1) != nullptr; }));
}
