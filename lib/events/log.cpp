#include "events/log.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "sql/events.hpp"
#include "store/guard.hpp"

namespace feedctl::events {

namespace {

constexpr std::chrono::seconds longest_statement{30};

TransactionId transaction_id(std::string_view text) {
  TransactionId id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::post_liked:
      return "PostLiked";
    case Type::post_unliked:
      return "PostUnliked";
    case Type::user_followed:
      return "UserFollowed";
    case Type::user_unfollowed:
      return "UserUnfollowed";
    case Type::post_created:
      return "PostCreated";
    case Type::post_deleted:
      return "PostDeleted";
    case Type::user_created:
      return "UserCreated";
    case Type::user_updated:
      return "UserUpdated";
    case Type::user_deleted:
      return "UserDeleted";
    case Type::post_image_uploaded:
      return "PostImageUploaded";
    case Type::avatar_uploaded:
      return "AvatarUploaded";
    case Type::caches_warmed:
      return "CachesWarmed";
  }
  return "";
}

void append_json(std::string& out, const Event& event) {
  json::Writer writer(out);
  writer.open_object().text("xid", std::to_string(event.xid)).integer("id", event.id);
  writer.text("at", rfc3339(event.at));
  if (const auto name = name_of(event.type); !name.empty()) writer.text("event", name);
  writer.integer("type", static_cast<int>(event.type)).integer("shard", event.shard);
  writer.integer("actor", event.actor).integer("object", event.object);
  if (event.liked_at) writer.text("liked_at", rfc3339(*event.liked_at));
  writer.close_object();
}

std::string to_json(const Event& event) {
  std::string out;
  append_json(out, event);
  return out;
}

Event event_from_row(const store::Row& row, int first) {
  Event event;
  event.xid = transaction_id(row.text(first));
  event.id = row.integer(first + 1);
  event.at = row.time(first + 2);
  event.type = static_cast<Type>(row.integer(first + 3));
  event.shard = static_cast<int>(row.integer(first + 4));
  event.actor = row.integer(first + 5);
  event.object = row.integer(first + 6);
  if (!row.null(first + 7)) event.liked_at = row.time(first + 7);
  return event;
}

std::vector<std::pair<std::string, std::string>> reader_settings() {
  return {{"plan_cache_mode", "force_generic_plan"},
          {"enable_seqscan", "off"},
          {"enable_bitmapscan", "off"}};
}

Unit Log::begin() {
  return Unit(database_.write(longest_statement));
}

Batch Log::read(Unit& unit, int slot, int most) {
  const auto rows =
      unit.tx().query(sql::events::batch, store::params(consumer_, slot, most, slots_));
  if (rows.empty()) {
    throw Error(ErrorCode::unavailable, "the log has no consumer " + consumer_)
        .with_hint("run feedctl migrate up");
  }
  Batch batch;
  batch.version = rows[0].integer(0);
  batch.upto = rows[0].text(1);
  batch.moved = rows[0].boolean(2);
  for (const auto row : rows) {
    if (!row.null(3)) batch.events.push_back(event_from_row(row, 3));
  }
  batch.full = batch.events.size() == static_cast<std::size_t>(most);
  return batch;
}

bool Log::save(Unit& unit, int slot, const Batch& batch) {
  std::optional<std::string> xid;
  std::optional<std::int64_t> id;
  if (batch.full) {
    xid = std::to_string(batch.events.back().xid);
    id = batch.events.back().id;
  }
  return !unit.tx()
              .query(sql::events::save,
                     store::params(consumer_, slot, batch.version, batch.upto, xid, id))
              .empty();
}

std::optional<int> Log::mark_try(int slot, const Batch& batch, const Event& event) {
  const auto rows = database_.command(
      sql::events::mark_try,
      store::params(consumer_, slot, batch.version, std::to_string(event.xid), event.id));
  if (rows.empty()) return std::nullopt;
  return static_cast<int>(rows.only().integer(0));
}

bool Log::unmark_try(int slot, const Batch& batch, const Event& event, int crashes) {
  return !database_
              .command(sql::events::unmark_try,
                       store::params(consumer_, slot, batch.version, std::to_string(event.xid),
                                     event.id, crashes))
              .empty();
}

bool Log::take(int slot) {
  return database_.command(sql::events::take_slot, store::params(consumer_, slot))
      .only()
      .boolean(0);
}

void Log::give_back(int slot) {
  database_.command(sql::events::give_back_slot, store::params(consumer_, slot));
}

void check_home(store::Database& database) {
  const auto rows = database.read(sql::events::home);
  const auto row = rows.only();
  if (row.boolean(2)) {
    throw Error(ErrorCode::config, "this database is a standby, where the log cannot be followed")
        .with_hint("point database.url at the primary");
  }
  if (row.integer(0) != row.integer(1)) throw store::other_cluster().error();
}

}  // namespace feedctl::events
