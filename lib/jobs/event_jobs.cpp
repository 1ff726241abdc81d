#include "jobs/event_jobs.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "sql/jobs.hpp"

namespace feedctl::jobs {

namespace {

std::int64_t required_integer(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  if (member == nullptr || !member->integer()) {
    throw Error(ErrorCode::internal, std::string("an event without ") + name);
  }
  return *member->integer();
}

Time required_time(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  const auto time =
      member != nullptr && member->text() ? parse_rfc3339(*member->text()) : std::optional<Time>{};
  if (!time) throw Error(ErrorCode::internal, std::string("an event without ") + name);
  return *time;
}

events::Event parse_event(const std::string& payload) {
  const auto value = json::parse(payload);
  events::Event event;
  event.id = required_integer(value, "id");
  event.at = required_time(value, "at");
  event.type = static_cast<events::Type>(required_integer(value, "type"));
  event.shard = static_cast<int>(required_integer(value, "shard"));
  event.actor = required_integer(value, "actor");
  event.object = required_integer(value, "object");
  if (value.find("liked_at") != nullptr) event.liked_at = required_time(value, "liked_at");
  if (const auto* xid = value.find("xid"); xid != nullptr && xid->text()) {
    event.xid = events::parse_xid(*xid->text());
  }
  return event;
}

}  // namespace

JobHandler event_retry_handler(events::Handler handle) {
  return [handle = std::move(handle)](events::UnitOfWork& unit, const Job& job) {
    const auto event = parse_event(job.payload);
    handle(unit, {&event, 1});
    return Chunk{};
  };
}

void retry_event_later(events::UnitOfWork& unit, const events::Event& event,
                       const std::string& error) {
  unit.tx().query(sql::jobs::park_event, store::params(events::to_json(event), error));
}

void dead_letter_event(events::UnitOfWork& unit, const events::Event& event, int crashes) {
  unit.tx().query(sql::jobs::bury_event,
                  store::params(events::to_json(event), crashes,
                                "ended its process " + std::to_string(crashes) + " times"));
}

}  // namespace feedctl::jobs
