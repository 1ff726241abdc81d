#include "feed/stream.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "commands/answer.hpp"
#include "metrics/metrics.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed {

namespace {

using namespace std::chrono_literals;
using events::Type;

constexpr auto tend_every = 1s;
constexpr auto tell_every = 30s;             // where a reader stands, though nothing has happened
constexpr std::size_t longest_place = 2800;  // as text: ids are read up to 4096 characters
constexpr std::string_view first_words = "retry: 2000\n\n";
constexpr std::string_view reload_text = "event: reload\ndata: {}\n";

// Without the empty line that ends an event: an id may follow.
std::string text_of(const posts::Post& post) {
  std::string text = "event: post\ndata: ";
  json::Writer writer(text);
  posts::append_json(writer, post);
  return text += '\n';
}

std::string text_of_delete(Id post) {
  return "event: delete\ndata: {\"id\":" + std::to_string(post) + "}\n";
}

Error too_many_here() {
  return Error(ErrorCode::unavailable, "too many streams are open, try again").with_retry_after(5s);
}

Error not_yet() {
  return Error(ErrorCode::unavailable, "the feed index is being loaded, try again")
      .with_retry_after(1s);
}

}  // namespace

Streams::Streams(store::Database& database, const CursorSigner& cursors, Options options)
    : database_(database),
      cursors_(cursors),
      options_(options),
      inbox_(options.history),
      history_(options.history),
      thread_([this] { run(); }) {}

Streams::~Streams() {
  inbox_.stop();
  thread_.join();
}

// ---- those who come

std::string Streams::id_of(const events::Place& place) const {
  auto text = place.text();
  // Very many transactions are running: from before the round it goes on, too.
  if (text.size() > longest_place) text = events::Place::at(place.before).text();
  return "id: " + cursors_.sign(commands::token_scope, text) + "\n\n";
}

std::optional<events::Place> Streams::place_of(const std::string& id) const {
  const auto text = cursors_.verify(commands::token_scope, id);
  return text ? events::Place::parse(*text) : std::nullopt;
}

http::Response Streams::open(Id user, const std::string* last) {
  const auto seen = last != nullptr ? place_of(*last) : std::nullopt;
  const auto number = enter(user, seen);
  const std::shared_ptr<void> place(nullptr, [this, number](void*) { leave(number); });
  auto stream = std::make_shared<http::EventStream>(options_.behind, place);
  const auto loaded = load_follows(database_, user);
  if (!loaded) throw Error(ErrorCode::not_found, "no such user");
  auto missed = begin(number, *loaded, stream);
  if (last != nullptr && !seen) missed.reload = true;  // it was not issued here
  http::Response response;
  response.content_type = "text/event-stream";
  response.header("X-Accel-Buffering", "no");
  response.body = first_words;
  response.body += told_again(missed, user);
  response.stream = std::move(stream);
  return response;
}

std::uint64_t Streams::enter(Id user, std::optional<events::Place> last) {
  const std::lock_guard lock(mutex_);
  // Whoever is let in is told ids, which need the key.
  if (!position_ || !cursors_.ready()) throw not_yet();
  if (readers_.size() >= options_.most) throw too_many_here();
  if (by_user_.count(user) >= options_.most_of_user) {
    throw Error(ErrorCode::rate_limited, "too many streams of this user are open, close one")
        .with_retry_after(5s);
  }
  const auto number = ++next_number_;
  auto& reader = readers_[number];
  reader.user = user;
  reader.ends = ends_;
  reader.saw = last ? *std::move(last) : events::Place::at(*position_);
  reader.began = reader.told = Clock::now();
  by_user_.emplace(user, number);
  return number;
}

void Streams::leave(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto at = readers_.find(number);
  unlist(number, at->second);
  const auto [first, end] = by_user_.equal_range(at->second.user);
  by_user_.erase(std::find_if(first, end, [&](const auto& one) { return one.second == number; }));
  readers_.erase(at);
}

void Streams::unlist(std::uint64_t number, const Reader& reader) {
  for (const Id author : reader.follows) {
    const auto at = of_author_.find(author);
    if (at == of_author_.end()) continue;
    at->second.erase(number);
    if (at->second.empty()) of_author_.erase(at);
  }
}

// From here on the reader is told what happens; what happened since they last looked is given back.
Streams::Missed Streams::begin(std::uint64_t number, const LoadedFollows& loaded,
                               const std::shared_ptr<http::EventStream>& stream) {
  const std::lock_guard lock(mutex_);
  if (!position_) throw not_yet();
  auto& reader = readers_.at(number);
  if (reader.ends != ends_) throw not_yet();  // whom they followed meanwhile is not known
  reader.loaded = loaded.snapshot;
  reader.follows.insert(loaded.follows.followees.begin(), loaded.follows.followees.end());
  reader.follows.insert(reader.user);
  for (const Id author : reader.follows) of_author_[author].insert(number);
  for (const auto& event : std::exchange(reader.meanwhile, {}))
    change_follows(reader, number, event);
  reader.live = true;
  reader.stream = stream;
  // More than there is: the database is an older one, and its transactions are yet to come.
  const bool ahead = !loaded.snapshot.covers(reader.saw.upto);
  if (ahead) reader.saw = events::Place::at(*position_);
  Missed missed{history_.since(reader.saw, reader.follows, options_.most_missed), *position_};
  missed.reload = missed.reload || ahead;
  return missed;
}

std::string Streams::told_again(const Missed& missed, Id user) {
  const auto end = id_of(events::Place::at(missed.position));
  if (missed.reload) return std::string(reload_text) + end;
  std::vector<Id> ids;
  for (const auto& round : missed.rounds) {
    for (const auto& news : round.news) {
      if (news.type == Type::post_created) ids.push_back(news.post);
    }
  }
  std::map<Id, std::string> texts;
  if (!ids.empty()) {
    for (const auto& post : posts::load(database_, ids, user)) texts[post.id] = text_of(post);
  }
  std::string text;
  for (const auto& round : missed.rounds) {
    const auto& upto = round.upto ? *round.upto : missed.position;
    RoundIds ids{{round.before, upto, 0}, {}};
    Words told;
    for (const auto& news : round.news) {
      const bool deleted = news.type == Type::post_deleted;
      say(told, deleted ? text_of_delete(news.post) : texts[news.post], news.event, ids);
    }
    if (!told.text.empty()) text += told.text + id_of(events::Place::at(upto));
  }
  return text += end;
}

// ---- its own thread

void Streams::run() {
  auto due = Clock::now() + tend_every;
  for (;;) {
    auto batch = inbox_.take(due);
    if (!batch) return;
    const bool tends = Clock::now() >= due;
    if (tends) due = Clock::now() + tend_every;
    const auto position = batch->position;
    try {
      if (batch->lost) end_all();
      if (batch->position) round(*batch);
      if (tends) send(tend());
    } catch (const std::exception& error) {
      log::error("open pages could not be told what is new", {{"error", error.what()}});
      begin_anew(position);
    }
  }
}

void Streams::send(const Parcels& parcels) {
  for (const auto& parcel : parcels) {
    if (parcel.last)
      parcel.stream->finish(parcel.text);
    else
      parcel.stream->send(parcel.text);
  }
}

// Nobody knows who has been told what. `position`: where the log has come to, if further than here.
void Streams::begin_anew(const std::optional<events::Snapshot>& position) {
  std::optional<events::Snapshot> here;
  {
    const std::lock_guard lock(mutex_);
    here = position ? position : position_;
  }
  end_all();
  const std::lock_guard lock(mutex_);
  position_ = here;
  if (here) history_.begin(*here);
}

// Readers may have missed whom they follow now, too: they come back and begin anew.
void Streams::end_all() {
  std::vector<std::shared_ptr<http::EventStream>> all;
  {
    const std::lock_guard lock(mutex_);
    position_.reset();
    history_.clear();
    ++ends_;
    for (const auto& [number, reader] : readers_) all.push_back(reader.stream.lock());
  }
  for (const auto& stream : all) {
    if (stream) stream->finish(std::string(reload_text) + "retry: 1000\n\n");
  }
}

void Streams::round(StreamInbox::Batch& batch) {
  Parcels parcels;
  Texts texts;
  for (bool done = false; !done;) {
    std::vector<Id> lacking;
    {
      const std::lock_guard lock(mutex_);
      lacking = this->lacking(batch, texts);
      if (lacking.empty()) {
        const auto& before = position_ ? *position_ : *batch.position;
        Said said{{{before, *batch.position, 0}, {}}, {}};
        for (const auto& event : batch.events) apply(event, texts, said);
        // Nobody knows anything from before the first.
        if (position_) history_.remember(*position_, batch.events);
        position_ = std::move(batch.position);
        history_.begin(*position_);
        parcels = this->parcels(said);
        done = true;
      }
    }
    if (!done) load(lacking, texts);
  }
  static auto& told = metrics::counter("feedctl_feed_stream_parcels_total",
                                       "What open pages were told, by reader and moment.");
  send(parcels);
  told.add(static_cast<double>(parcels.size()));
}

// New posts that somebody is to be told of and that were not read yet: readers come and follow
// others at any time.
std::vector<Id> Streams::lacking(const StreamInbox::Batch& batch, const Texts& texts) const {
  if (readers_.empty()) return {};
  std::unordered_set<Id> followed_now;
  for (const auto& event : batch.events) {
    if (event.type == Type::user_followed) followed_now.insert(event.object);
  }
  std::vector<Id> ids;
  for (const auto& event : batch.events) {
    if (event.type != Type::post_created || texts.count(event.object) > 0) continue;
    if (of_author_.count(event.actor) > 0 || followed_now.count(event.actor) > 0)
      ids.push_back(event.object);
  }
  return ids;
}

// In one statement. While the database does not answer nothing new comes from the log either, so
// it is asked again a few times; then open pages have to.
void Streams::load(const std::vector<Id>& posts, Texts& texts) {
  for (const Id post : posts) texts[post];
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      for (auto& post : posts::load(database_, posts, std::nullopt)) {
        post.liked = false;  // it is a moment old
        texts[post.id] = text_of(post);
      }
      return;
    } catch (const std::exception& error) {
      log::warning("new posts could not be read for open pages", {{"error", error.what()}});
      std::this_thread::sleep_for(200ms);
    }
  }
  end_all();
}

void Streams::apply(const events::Event& event, const Texts& texts, Said& said) {
  if (event.type == Type::user_deleted) return apply_leaving(event, said);
  if (event.type == Type::user_followed || event.type == Type::user_unfollowed)
    return apply_to_users(event, event.actor);
  const auto readers = of_author_.find(event.actor);
  if (readers == of_author_.end()) return;
  const auto known = texts.find(event.object);
  const auto text = event.type == Type::post_deleted ? text_of_delete(event.object)
                    : known != texts.end()           ? known->second
                                                     : std::string();
  for (const auto number : readers->second) {
    if (!readers_.at(number).saw.sees(event.xid, event.id))
      say(said.words[number], text, event.id, said.ids);
  }
}

// All their posts are gone at once: their readers ask for the feed anew.
void Streams::apply_leaving(const events::Event& event, Said& said) {
  apply_to_users(event, event.object);
  const auto readers = of_author_.find(event.object);
  if (readers == of_author_.end()) return;
  for (const auto number : readers->second) {
    const auto& reader = readers_.at(number);
    if (reader.user != event.object && !reader.saw.sees(event.xid, event.id))
      say(said.words[number], reload_text, event.id, said.ids);
  }
}

void Streams::say(Words& words, std::string_view text, std::int64_t event, RoundIds& ids) const {
  if (text.empty()) return;
  if (!words.text.empty()) {
    ids.place.last = words.last;
    auto& id = ids.made[words.last];
    if (id.empty()) id = id_of(ids.place);
    words.text += id;
  }
  words.text += text;
  words.last = event;
}

void Streams::apply_to_users(const events::Event& event, Id user) {
  const auto [first, end] = by_user_.equal_range(user);
  for (auto at = first; at != end; ++at) {
    auto& reader = readers_.at(at->second);
    if (reader.live)
      change_follows(reader, at->second, event);
    else
      reader.meanwhile.push_back(event);
  }
}

void Streams::change_follows(Reader& reader, std::uint64_t number, const events::Event& event) {
  if (reader.loaded.sees(event.xid)) return;
  if (event.type == Type::user_deleted) {
    reader.began = {};  // it ends with the next look
  } else if (event.type == Type::user_followed) {
    reader.follows.insert(event.object);
    of_author_[event.object].insert(number);
  } else if (event.object != reader.user && reader.follows.erase(event.object) > 0) {
    auto& all = of_author_[event.object];
    all.erase(number);
    if (all.empty()) of_author_.erase(event.object);
  }
}

Streams::Parcels Streams::parcels(const Said& said) {
  Parcels parcels;
  if (said.words.empty()) return parcels;
  const auto id = id_here();
  for (const auto& [number, words] : said.words) {
    if (words.text.empty()) continue;
    auto& reader = readers_.at(number);
    auto stream = reader.stream.lock();
    if (!stream) continue;
    reader.told = Clock::now();
    parcels.push_back({std::move(stream), words.text + id});
  }
  return parcels;
}

// Tells those who heard nothing for a while where they stand, and ends who has been here too long.
Streams::Parcels Streams::tend() {
  const auto now = Clock::now();
  Parcels parcels;
  const std::lock_guard lock(mutex_);
  if (!position_) return parcels;
  const auto id = readers_.empty() ? std::string() : id_here();
  for (auto& [number, reader] : readers_) {
    const bool last = now - reader.began >= options_.life;
    if (!reader.live || (!last && now - reader.told < tell_every)) continue;
    reader.told = now;
    if (auto stream = reader.stream.lock())
      parcels.push_back({std::move(stream), (last ? "retry: 1000\n" : "") + id, last});
  }
  return parcels;
}

}  // namespace feedctl::feed
