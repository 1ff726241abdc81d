#pragma once
// Tells open pages what is new: posts of the accounts their readers follow and their own, and which
// of them were deleted, as server-sent events (GET /v1/feed/stream); where an account has left with
// all its posts, that they are to reload. It follows the log beside the index, so an event goes out
// when pages show it. Events carry a consistency token as their id; who comes back with the last
// one is given what they missed, where that is still remembered, and is told to reload where it is
// not. Every event has an id of its own, within its round too, so that whoever takes one a
// connection gets through. An event may come twice (once around a reconnection), but none is left
// out. A thread of its own sends; everything else is thread-safe.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/cursor.hpp"
#include "events/place.hpp"
#include "feed/index_keeper.hpp"
#include "feed/index_load.hpp"
#include "feed/stream_history.hpp"
#include "feed/stream_inbox.hpp"
#include "http/event_stream.hpp"
#include "http/message.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class Streams : public LogListener {
 public:
  struct Options {
    std::size_t most = 10'000;       // open at a time
    std::size_t most_of_user = 5;    // of these, of one user
    std::size_t history = 100'000;   // events that are remembered for those who come back
    std::size_t most_missed = 200;   // of those, that one of them is given
    std::chrono::seconds life{600};  // then a client has to come back, with a token that is good
    std::size_t behind = http::EventStream::usual_most;
  };

  // Both must outlive it, and it must outlive the connections of its streams.
  Streams(store::Database& database, const CursorSigner& cursors, Options options);
  ~Streams() override;
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // What the user gets from now on, or from what they saw `last` (an id of an event, or the
  // X-Feed-Token of a page). Error(not_found) for no living user, (rate_limited) where they have
  // too many, (unavailable) where there are too many or the index is not there yet.
  http::Response open(Id user, const std::string* last);

  void events(std::span<const events::Event> events) override { inbox_.stage(events); }
  void published(const events::Snapshot& position) override { inbox_.publish(position); }
  void lost() override { inbox_.lose(); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Reader {
    Id user = 0;
    bool live = false;                        // whom they follow is known
    events::Place saw;                        // what they know
    events::Snapshot loaded;                  // when whom they follow was read
    std::unordered_set<Id> follows;           // and themselves
    std::vector<events::Event> meanwhile;     // follows and unfollows, while they are not live
    std::weak_ptr<http::EventStream> stream;  // not yet, while they are not live
    Clock::time_point began, told;
    std::uint64_t ends = 0;  // ends_ when they came
  };
  using Readers = std::map<std::uint64_t, Reader>;
  struct Parcel {
    std::shared_ptr<http::EventStream> stream;
    std::string text;
    bool last = false;
  };
  using Parcels = std::vector<Parcel>;

  std::optional<events::Place> place_of(const std::string& id) const;
  std::uint64_t enter(Id user, std::optional<events::Place> last);
  void leave(std::uint64_t number);
  struct Missed : StreamHistory::Missed {
    events::Snapshot position;  // after all of it
  };
  Missed begin(std::uint64_t number, const LoadedFollows& loaded,
               const std::shared_ptr<http::EventStream>& stream);
  std::string told_again(const Missed& missed, Id user);

  void run();
  void round(StreamInbox::Batch& batch);
  static void send(const Parcels& parcels);
  void end_all();
  void begin_anew(const std::optional<events::Snapshot>& position);
  using Texts = std::map<Id, std::string>;  // of new posts; "" of one that is gone
  // What a reader is told of a round: the last event lacks its id yet.
  struct Words {
    std::string text;
    std::int64_t last = 0;
  };
  // The ids within a round, each made once for all its readers.
  struct RoundIds {
    events::Place place;
    std::map<std::int64_t, std::string> made;
  };
  struct Said {
    RoundIds ids;
    std::map<std::uint64_t, Words> words;
  };
  std::vector<Id> lacking(const StreamInbox::Batch& batch, const Texts& texts) const;
  void load(const std::vector<Id>& posts, Texts& texts);
  void apply(const events::Event& event, const Texts& texts, Said& said);
  void apply_leaving(const events::Event& event, Said& said);
  void say(Words& words, std::string_view text, std::int64_t event, RoundIds& ids) const;
  void apply_to_users(const events::Event& event, Id user);
  void change_follows(Reader& reader, std::uint64_t number, const events::Event& event);
  Parcels parcels(const Said& said);
  Parcels tend();
  void unlist(std::uint64_t number, const Reader& reader);
  std::string id_of(const events::Place& place) const;
  std::string id_here() const { return id_of(events::Place::at(*position_)); }

  store::Database& database_;
  const CursorSigner& cursors_;
  const Options options_;

  StreamInbox inbox_;

  std::mutex mutex_;
  Readers readers_;
  std::uint64_t next_number_ = 0;
  std::uint64_t ends_ = 0;  // times that all were ended
  // Live readers by whom they follow.
  std::unordered_map<Id, std::unordered_set<std::uint64_t>> of_author_;
  std::unordered_multimap<Id, std::uint64_t> by_user_;
  std::optional<events::Snapshot> position_;  // what has been told
  StreamHistory history_;

  std::thread thread_;
};

}  // namespace feedctl::feed
