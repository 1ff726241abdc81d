// What the log gives to open pages: before there is a key, and more than anybody is told.
#include <atomic>

#include "base/error.hpp"
#include "feed/stream.hpp"
#include "site.hpp"
#include "support/resident.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

using events::Type;

// Open pages without a server: the test is the log.
struct Pages {
  explicit Pages(feed::Streams::Options options = {})
      : users(fresh, 3), database(of(fresh)), streams(database, signer, options) {
    streams.lost();
    streams.published(here());
  }

  static store::Options of(const support::FreshDatabase& fresh) {
    store::Options options;
    options.url = fresh.url();
    options.pool_wait = 30s;
    options.statement_timeout = 30s;
    return options;
  }
  events::Snapshot here() const {
    return events::snapshot_of(fresh.execute("SELECT pg_current_snapshot()"));
  }
  static events::Event event(Type type, Id actor, Id object, events::TransactionId xid = 0) {
    events::Event made;
    made.type = type;
    made.actor = actor;
    made.object = object;
    made.xid = xid;
    return made;
  }
  // nullptr where the reader is refused, and is to come back.
  std::shared_ptr<http::EventStream> open(Id user, const std::string* last = nullptr) {
    try {
      return streams.open(user, last).stream;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || error.retry_after() != 1s) throw;
      return nullptr;
    }
  }

  support::FreshDatabase fresh;
  Site::Users users;
  store::Database database;
  CursorSigner signer;
  feed::Streams streams;
};

}  // namespace

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
    std::this_thread::sleep_for(5ms);
  }
  stop = true;
  thread.join();
  CHECK(refused > 0);
  CHECK(opened == 0);
  pages.signer.adopt(Secret<std::string>("a key"));
  CHECK(pages.open(1) != nullptr);
}

TEST_CASE("a round of millions of events takes no memory, and open pages are to reload") {
  feed::Streams::Options options;
  options.history = 1000;
  Pages pages(options);
  pages.signer.adopt(Secret<std::string>("a key"));
  REQUIRE(soon([&] { return pages.open(1) != nullptr; }));
  const auto stream = pages.open(1);
  REQUIRE(stream != nullptr);
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
