#pragma once
// Sends server-sent events to open pages (GET /v1/feed/stream; WHATWG HTML, "Server-sent events").
//
// A page gets new and deleted posts of its reader and their followees; a hidden post is deleted for
// it. Posts of bulk loads, imports among them, are not told of: they are of the past. An image
// event tells of the image of a post as it is now, where it has changed. The page gets a reload
// event when older posts come or go: an account is deleted, suspended or reinstated, or a hidden
// post is shown again. Names and avatars stay those that a page was read with. The hub follows the
// log beside the index, so an event goes out once pages show it.
//
// Each event has its own id, a consistency token. A client that reconnects with its last id gets
// the events it missed, or a reload event if the history no longer holds them. Delivery is
// at-least-once: an event may come twice around a reconnection, but none is lost.
//
// It owns one sending thread. All functions are thread-safe.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/cursor_signer.hpp"
#include "events/log_cursor.hpp"
#include "feed_index/index_updater.hpp"
#include "feed_stream/post_events.hpp"
#include "feed_stream/sse_buffer.hpp"
#include "feed_stream/sse_history.hpp"
#include "feed_stream/sse_readers.hpp"
#include "http/message.hpp"
#include "store/database.hpp"

namespace feedctl::feed_stream {

class SseHub : public feed_index::LogListener {
 public:
  struct Options {
    std::size_t max_streams = 10'000;        // open at once
    std::size_t max_streams_per_user = 5;    // open at once per user
    std::size_t max_history = 100'000;       // events kept for reconnecting clients
    std::size_t max_backlog = 200;           // of these, events sent to one such client
    std::chrono::seconds max_lifetime{600};  // then the client must reconnect, with a valid token
    std::size_t max_buffered_bytes = http::EventStream::default_max_unsent;
  };

  // The references must outlive it, and it must outlive the connections of its streams.
  SseHub(store::Database& database, const CursorSigner& cursors, Options options);
  ~SseHub() override;
  SseHub(const SseHub&) = delete;
  SseHub& operator=(const SseHub&) = delete;

  // Opens a stream that starts now, or after `last_id` (an event id, or the X-Feed-Token of a
  // page). It ends within some seconds after `is_revoked` says so of its token; that must not wait.
  // Errors: not_found for no living user; users::suspended(); rate_limited for too many streams of
  // the user; unavailable for too many streams, or while the index loads.
  http::Response open(Id user, const std::string* last_id, std::function<bool()> is_revoked = {});

  void on_events(std::span<const events::Event> events) override { buffer_.buffer(events); }
  void on_published(const events::PgSnapshot& position) override { buffer_.release(position); }
  void on_gap() override { buffer_.mark_gap(); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Outgoing {
    std::shared_ptr<http::EventStream> stream;
    std::string text;
    bool is_last = false;
  };
  using OutgoingBatch = std::vector<Outgoing>;

  std::optional<events::LogCursor> parse_event_id(const std::string& id) const;
  SseReaders::Number register_reader(Id user, std::optional<events::LogCursor> last_seen,
                                     std::function<bool()> is_revoked);
  void unregister_reader(SseReaders::Number number);
  struct Backlog : SseHistory::Backlog {
    events::PgSnapshot position;  // after the backlog
  };
  Backlog go_live(SseReaders::Number number, const feed_index::LoadedFollows& loaded,
                  const std::shared_ptr<http::EventStream>& stream);
  std::string format_backlog(const Backlog& backlog, Id user);

  void run();
  void send_round(SseBuffer::Batch& batch);
  static void send_all(const OutgoingBatch& outgoing);
  void end_all_streams();
  void restart(const std::optional<events::PgSnapshot>& position);
  using TextsOfPosts = std::map<Id, PostTexts>;
  // The text for one reader in a round. The last event still lacks its id.
  struct PendingText {
    std::string text;
    std::int64_t last_event = 0;
  };
  // The ids within a round, each formatted once for all readers.
  struct RoundEventIds {
    events::LogCursor place;
    std::map<std::int64_t, std::string> formatted;
  };
  struct PendingRound {
    RoundEventIds ids;
    std::map<SseReaders::Number, PendingText> texts;
  };
  std::vector<Id> find_missing_posts(const SseBuffer::Batch& batch,
                                     const TextsOfPosts& texts) const;
  void load_texts(const std::vector<Id>& posts, TextsOfPosts& texts);
  void apply_event(const events::Event& event, const TextsOfPosts& texts, PendingRound& round);
  void on_account_change(const events::Event& event, PendingRound& round);
  void append_event(PendingText& pending, std::string_view text, std::int64_t event,
                    RoundEventIds& ids) const;
  OutgoingBatch collect_outgoing(const PendingRound& round);
  OutgoingBatch housekeep();
  std::string make_event_id(const events::LogCursor& place) const;
  std::string current_event_id() const { return make_event_id(events::LogCursor::at(*position_)); }

  store::Database& database_;
  const CursorSigner& cursors_;
  const Options options_;

  SseBuffer buffer_;

  std::mutex mutex_;
  SseReaders readers_;
  std::uint64_t generation_ = 0;                // counts the times that all streams ended
  std::optional<events::PgSnapshot> position_;  // everything before it has been sent
  SseHistory history_;

  std::thread thread_;
};

}  // namespace feedctl::feed_stream
