#pragma once
// The readers of the open streams and whom they follow, indexed by user and by followed author.
// Not thread-safe: the mutex of the SseHub guards it.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "events/events.hpp"
#include "events/log_cursor.hpp"
#include "feed_index/index_queries.hpp"
#include "http/event_stream.hpp"

namespace feedctl::feed_stream {

class SseReaders {
 public:
  using Clock = std::chrono::steady_clock;
  using Number = std::uint64_t;

  struct Reader {
    Id user = 0;
    bool is_live = false;                           // its follows are loaded
    events::LogCursor seen;                         // events up to here are known to the client
    events::PgSnapshot follows_snapshot;            // of the load of `follows`
    std::unordered_set<Id> follows;                 // and the reader
    std::vector<events::Event> events_during_load;  // follows and unfollows until it is live
    std::weak_ptr<http::EventStream> stream;        // empty until it is live
    std::function<bool()> is_revoked;               // its token; empty: it came without one
    Clock::time_point opened_at, last_id_sent_at;
    std::uint64_t generation = 0;  // the hub's generation_ at the registration
  };

  // The new reader is not live.
  Number add(Id user, events::LogCursor seen, std::uint64_t generation);
  void remove(Number number);
  // Sets the follows, with the changes during their load applied. From here on followers_of()
  // returns the reader.
  void go_live(Number number, const feed_index::LoadedFollows& loaded,
               const std::shared_ptr<http::EventStream>& stream);
  // The user follows, unfollows, or is deleted or suspended: the lifetime of their streams is over
  // then.
  void apply_to_user(Id user, const events::Event& event);

  Reader& at(Number number) { return readers_.at(number); }
  std::map<Number, Reader>& all() { return readers_; }
  std::size_t size() const { return readers_.size(); }
  bool empty() const { return readers_.empty(); }
  std::size_t count_of_user(Id user) const { return by_user_.count(user); }
  // The live readers that follow the author, and the author's own. nullptr: none.
  const std::unordered_set<Number>* followers_of(Id author) const;

 private:
  void change_follows(Number number, Reader& reader, const events::Event& event);
  void unindex(Number number, Id author);

  std::map<Number, Reader> readers_;
  Number last_number_ = 0;
  std::unordered_map<Id, std::unordered_set<Number>> by_author_;
  std::unordered_multimap<Id, Number> by_user_;
};

}  // namespace feedctl::feed_stream
