#pragma once
#include <functional>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "feed_stream/sse_hub.hpp"
#include "stream_server.hpp"
#include "support/database_options.hpp"

namespace feedctl::test {

// An SseHub without a server: the test calls it as the log's listener.
struct SseHubFixture {
  explicit SseHubFixture(feed_stream::SseHub::Options options = {})
      : users(fresh, 3), database(of(fresh)), streams(database, signer, options) {
    streams.on_gap();
    streams.on_published(current_snapshot());
  }

  static store::Options of(const support::FreshDatabase& fresh) {
    auto options = support::long_timeouts();
    options.url = fresh.url();
    // Long enough for a busy machine.
    return options;
  }
  events::PgSnapshot current_snapshot() const {
    return events::parse_snapshot(fresh.execute("SELECT pg_current_snapshot()"));
  }
  static events::Event make_event(events::Type type, Id actor, Id object,
                                  events::TransactionId xid = 0, std::int64_t id = 0) {
    events::Event made;
    made.id = id;
    made.type = type;
    made.actor = actor;
    made.object = object;
    made.xid = xid;
    return made;
  }
  // nullptr if the hub refuses the reader for now.
  std::shared_ptr<http::EventStream> open(Id user, const std::string* last = nullptr,
                                          std::function<bool()> is_revoked = {}) {
    try {
      return streams.open(user, last, std::move(is_revoked)).stream;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || error.retry_after() != 1s) throw;
      return nullptr;
    }
  }

  support::FreshDatabase fresh;
  StreamServer::SeededUsers users;
  store::Database database;
  CursorSigner signer;
  feed_stream::SseHub streams;
};

}  // namespace feedctl::test
