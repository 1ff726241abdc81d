#include "feed_stream/sse_hub.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "commands/command_endpoint.hpp"
#include "metrics/metrics.hpp"
#include "posts/posts.hpp"
#include "users/users.hpp"

namespace feedctl::feed_stream {

namespace {

using namespace std::chrono_literals;
using events::Type;

constexpr auto housekeeping_interval = 1s;
constexpr auto report_interval = 30s;  // interval of ids to idle readers
constexpr std::size_t max_position_text =
    2800;  // longer ids exceed the 4096 characters that clients may send
constexpr std::string_view stream_preamble = "retry: 2000\n\n";
constexpr std::string_view reload_text = "event: reload\ndata: {}\n";

Error too_many_streams() {
  return Error(ErrorCode::unavailable, "too many streams are open, try again").with_retry_after(5s);
}

Error index_not_ready() {
  return Error(ErrorCode::unavailable, "the feed index is being loaded, try again")
      .with_retry_after(1s);
}

}  // namespace

SseHub::SseHub(store::Database& database, const CursorSigner& cursors, Options options)
    : database_(database),
      cursors_(cursors),
      options_(options),
      buffer_(options.max_history),
      history_(options.max_history),
      thread_([this] { run(); }) {}

SseHub::~SseHub() {
  buffer_.stop();
  thread_.join();
}

// ---- clients

std::string SseHub::make_event_id(const events::LogCursor& place) const {
  auto text = place.text();
  // With very many running transactions the client resumes before the round.
  if (text.size() > max_position_text) text = events::LogCursor::at(place.before).text();
  return "id: " + cursors_.sign(commands::token_scope, text) + "\n\n";
}

std::optional<events::LogCursor> SseHub::parse_event_id(const std::string& id) const {
  const auto text = cursors_.verify(commands::token_scope, id);
  return text ? events::LogCursor::parse(*text) : std::nullopt;
}

http::Response SseHub::open(Id user, const std::string* last_id, std::function<bool()> is_revoked) {
  const auto last_seen = last_id != nullptr ? parse_event_id(*last_id) : std::nullopt;
  const auto number = register_reader(user, last_seen, std::move(is_revoked));
  const std::shared_ptr<void> place(nullptr, [this, number](void*) { unregister_reader(number); });
  auto stream = std::make_shared<http::EventStream>(options_.max_buffered_bytes, place);
  const auto loaded = feed_index::read_follows(database_, user);
  if (!loaded) users::throw_inactive(database_, user);
  auto backlog = go_live(number, *loaded, stream);
  if (last_id != nullptr && !last_seen) backlog.must_reload = true;  // not a valid id of ours
  http::Response response;
  response.content_type = "text/event-stream";
  response.header("X-Accel-Buffering", "no");
  response.body = stream_preamble;
  response.body += format_backlog(backlog, user);
  response.stream = std::move(stream);
  return response;
}

SseReaders::Number SseHub::register_reader(Id user, std::optional<events::LogCursor> last_seen,
                                           std::function<bool()> is_revoked) {
  const std::lock_guard lock(mutex_);
  // A stream needs ids, which need the signing key.
  if (!position_ || !cursors_.is_ready()) throw index_not_ready();
  if (readers_.size() >= options_.max_streams) throw too_many_streams();
  if (readers_.count_of_user(user) >= options_.max_streams_per_user) {
    throw Error(ErrorCode::rate_limited, "too many streams of this user are open, close one")
        .with_retry_after(5s);
  }
  auto seen = last_seen ? *std::move(last_seen) : events::LogCursor::at(*position_);
  const auto number = readers_.add(user, std::move(seen), generation_);
  readers_.at(number).is_revoked = std::move(is_revoked);
  return number;
}

void SseHub::unregister_reader(SseReaders::Number number) {
  const std::lock_guard lock(mutex_);
  readers_.remove(number);
}

// From here on the reader gets new events. Returns the events since `seen`.
SseHub::Backlog SseHub::go_live(SseReaders::Number number, const feed_index::LoadedFollows& loaded,
                                const std::shared_ptr<http::EventStream>& stream) {
  const std::lock_guard lock(mutex_);
  if (!position_) throw index_not_ready();
  auto& reader = readers_.at(number);
  if (reader.generation != generation_)
    throw index_not_ready();  // changes of its follows may have been lost
  readers_.go_live(number, loaded, stream);
  // Ahead of the snapshot: an older copy of the database has been restored.
  const bool is_ahead = !loaded.snapshot.covers(reader.seen.upto);
  if (is_ahead) reader.seen = events::LogCursor::at(*position_);
  Backlog backlog{history_.backlog_since(reader.seen, reader.follows, options_.max_backlog),
                  *position_};
  backlog.must_reload = backlog.must_reload || is_ahead;
  return backlog;
}

std::string SseHub::format_backlog(const Backlog& backlog, Id user) {
  const auto end = make_event_id(events::LogCursor::at(backlog.position));
  if (backlog.must_reload) return std::string(reload_text) + end;
  std::vector<Id> ids;
  for (const auto& round : backlog.rounds) {
    for (const auto& entry : round.entries) {
      if (needs_post(entry.type)) ids.push_back(entry.post);
    }
  }
  TextsOfPosts texts;
  if (!ids.empty()) {
    for (const auto& post : posts::load(database_, ids, user)) texts[post.id] = texts_of(post);
  }
  std::string text;
  for (const auto& round : backlog.rounds) {
    const auto& upto = round.upto ? *round.upto : backlog.position;
    RoundEventIds ids{{round.before, upto, 0}, {}};
    PendingText pending;
    for (const auto& entry : round.entries) {
      append_event(pending,
                   takes_post_away(entry.type) ? delete_event_text(entry.post)
                                               : texts[entry.post].of(entry.type),
                   entry.event, ids);
    }
    if (!pending.text.empty()) text += pending.text + make_event_id(events::LogCursor::at(upto));
  }
  return text += end;
}

// ---- the sending thread

void SseHub::run() {
  auto due = Clock::now() + housekeeping_interval;
  for (;;) {
    auto batch = buffer_.wait_for_batch(due);
    if (!batch) return;
    const bool is_due = Clock::now() >= due;
    if (is_due) due = Clock::now() + housekeeping_interval;
    const auto position = batch->position;
    try {
      if (batch->has_gap) end_all_streams();
      if (batch->position) send_round(*batch);
      if (is_due) send_all(housekeep());
    } catch (const std::exception& error) {
      log::error("could not send new posts to event streams", {{"error", error.what()}});
      restart(position);
    }
  }
}

void SseHub::send_all(const OutgoingBatch& outgoing) {
  for (const auto& message : outgoing) {
    if (message.is_last)
      message.stream->finish(message.text);
    else
      message.stream->send(message.text);
  }
}

// After a failed round it is unknown what each reader got. `position`: the log position, if newer.
void SseHub::restart(const std::optional<events::PgSnapshot>& position) {
  std::optional<events::PgSnapshot> here;
  {
    const std::lock_guard lock(mutex_);
    here = position ? position : position_;
  }
  end_all_streams();
  const std::lock_guard lock(mutex_);
  position_ = here;
  if (here) history_.begin_at(*here);
}

// Changes of follows may have been lost too, so all readers must reconnect and reload.
void SseHub::end_all_streams() {
  std::vector<std::shared_ptr<http::EventStream>> all;
  {
    const std::lock_guard lock(mutex_);
    position_.reset();
    history_.clear();
    ++generation_;
    for (const auto& [number, reader] : readers_.all()) all.push_back(reader.stream.lock());
  }
  for (const auto& stream : all) {
    if (stream) stream->finish(std::string(reload_text) + "retry: 1000\n\n");
  }
}

void SseHub::send_round(SseBuffer::Batch& batch) {
  OutgoingBatch outgoing;
  TextsOfPosts texts;
  for (bool done = false; !done;) {
    std::vector<Id> missing;
    {
      const std::lock_guard lock(mutex_);
      missing = find_missing_posts(batch, texts);
      if (missing.empty()) {
        const auto& before = position_ ? *position_ : *batch.position;
        PendingRound round{{{before, *batch.position, 0}, {}}, {}};
        for (const auto& event : batch.events) apply_event(event, texts, round);
        // No reader has seen anything before the first position.
        if (position_) history_.append(*position_, batch.events);
        position_ = std::move(batch.position);
        history_.begin_at(*position_);
        outgoing = collect_outgoing(round);
        done = true;
      }
    }
    if (!done) load_texts(missing, texts);
  }
  static auto& sent =
      metrics::counter("feedctl_feed_stream_parcels_total",
                       "Rounds of events sent to event streams, counted for each reader.");
  send_all(outgoing);
  sent.add(static_cast<double>(outgoing.size()));
}

// Posts that some reader is told of and that are not loaded yet. Readers and follows may change at
// any time.
std::vector<Id> SseHub::find_missing_posts(const SseBuffer::Batch& batch,
                                           const TextsOfPosts& texts) const {
  if (readers_.empty()) return {};
  std::unordered_set<Id> followed_now;
  for (const auto& event : batch.events) {
    if (event.type == Type::user_followed) followed_now.insert(event.object);
  }
  std::vector<Id> ids;
  for (const auto& event : batch.events) {
    if (!needs_post(event.type) || texts.count(event.object) > 0) continue;
    if (readers_.followers_of(event.actor) != nullptr || followed_now.count(event.actor) > 0)
      ids.push_back(event.object);
  }
  return ids;
}

// Loads the posts in one statement. After three failed attempts all streams end.
void SseHub::load_texts(const std::vector<Id>& posts, TextsOfPosts& texts) {
  for (const Id post : posts) texts[post];
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      for (auto& post : posts::load(database_, posts, std::nullopt)) {
        post.liked = false;  // a new post has no likes of the reader
        texts[post.id] = texts_of(post);
      }
      return;
    } catch (const std::exception& error) {
      log::warning("could not load posts for event streams", {{"error", error.what()}});
      std::this_thread::sleep_for(200ms);
    }
  }
  end_all_streams();
}

void SseHub::apply_event(const events::Event& event, const TextsOfPosts& texts,
                         PendingRound& round) {
  if (event.type == Type::user_deleted || event.type == Type::user_suspended ||
      event.type == Type::user_reinstated)
    return on_account_change(event, round);
  if (event.type == Type::user_followed || event.type == Type::user_unfollowed)
    return readers_.apply_to_user(event.actor, event);
  const auto* readers = readers_.followers_of(event.actor);
  if (readers == nullptr) return;
  const auto known = texts.find(event.object);
  const auto text = takes_post_away(event.type)         ? delete_event_text(event.object)
                    : event.type == Type::post_unhidden ? std::string(reload_text)
                    : known != texts.end()              ? known->second.of(event.type)
                                                        : std::string();
  for (const auto number : *readers) {
    if (!readers_.at(number).seen.is_visible(event.xid, event.id))
      append_event(round.texts[number], text, event.id, round.ids);
  }
}

// All posts of the account come or go at once, so its readers reload.
void SseHub::on_account_change(const events::Event& event, PendingRound& round) {
  readers_.apply_to_user(event.object, event);
  const auto* readers = readers_.followers_of(event.object);
  if (readers == nullptr) return;
  for (const auto number : *readers) {
    const auto& reader = readers_.at(number);
    if (reader.user != event.object && !reader.seen.is_visible(event.xid, event.id))
      append_event(round.texts[number], reload_text, event.id, round.ids);
  }
}

void SseHub::append_event(PendingText& pending, std::string_view text, std::int64_t event,
                          RoundEventIds& ids) const {
  if (text.empty()) return;
  if (!pending.text.empty()) {
    ids.place.last_id = pending.last_event;
    auto& id = ids.formatted[pending.last_event];
    if (id.empty()) id = make_event_id(ids.place);
    pending.text += id;
  }
  pending.text += text;
  pending.last_event = event;
}

SseHub::OutgoingBatch SseHub::collect_outgoing(const PendingRound& round) {
  OutgoingBatch outgoing;
  if (round.texts.empty()) return outgoing;
  const auto id = current_event_id();
  for (const auto& [number, pending] : round.texts) {
    if (pending.text.empty()) continue;
    auto& reader = readers_.at(number);
    auto stream = reader.stream.lock();
    if (!stream) continue;
    reader.last_id_sent_at = Clock::now();
    outgoing.push_back({std::move(stream), pending.text + id});
  }
  return outgoing;
}

// Sends the current id to idle readers and ends streams past their lifetime or with revoked tokens.
SseHub::OutgoingBatch SseHub::housekeep() {
  const auto now = Clock::now();
  OutgoingBatch outgoing;
  const std::lock_guard lock(mutex_);
  if (!position_) return outgoing;
  const auto id = readers_.empty() ? std::string() : current_event_id();
  for (auto& [number, reader] : readers_.all()) {
    const bool last = now - reader.opened_at >= options_.max_lifetime ||
                      (reader.is_revoked && reader.is_revoked());
    if (!reader.is_live || (!last && now - reader.last_id_sent_at < report_interval)) continue;
    reader.last_id_sent_at = now;
    if (auto stream = reader.stream.lock())
      outgoing.push_back({std::move(stream), (last ? "retry: 1000\n" : "") + id, last});
  }
  return outgoing;
}

}  // namespace feedctl::feed_stream
