// Events as jobs: those that failed alone in a batch.
#include "base/error.hpp"
#include "base/json.hpp"
#include "jobs/jobs.hpp"
#include "sql/jobs.hpp"

namespace feedctl::jobs {

namespace {

std::int64_t number(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  if (member == nullptr || !member->integer()) {
    throw Error(ErrorCode::internal, std::string("an event without ") + name);
  }
  return *member->integer();
}

Time moment(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  const auto time =
      member != nullptr && member->text() ? parse_rfc3339(*member->text()) : std::optional<Time>{};
  if (!time) throw Error(ErrorCode::internal, std::string("an event without ") + name);
  return *time;
}

events::Event event_of(const std::string& payload) {
  const auto value = json::parse(payload);
  events::Event event;
  event.id = number(value, "id");
  event.at = moment(value, "at");
  event.type = static_cast<events::Type>(number(value, "type"));
  event.shard = static_cast<int>(number(value, "shard"));
  event.actor = number(value, "actor");
  event.object = number(value, "object");
  if (value.find("liked_at") != nullptr) event.liked_at = moment(value, "liked_at");
  if (const auto* xid = value.find("xid"); xid != nullptr && xid->text()) {
    event.xid = std::stoull(std::string(*xid->text()));
  }
  return event;
}

}  // namespace

Work retry_events(events::Handler handle) {
  return [handle = std::move(handle)](events::Unit& unit, const Job& job) {
    const auto event = event_of(job.payload);
    handle(unit, {&event, 1});
    return Chunk{};
  };
}

void park(events::Unit& unit, const events::Event& event, const std::string& error) {
  unit.tx().query(sql::jobs::park_event, store::params(events::to_json(event), error));
}

void bury(events::Unit& unit, const events::Event& event, int crashes) {
  unit.tx().query(sql::jobs::bury_event,
                  store::params(events::to_json(event), crashes,
                                "ended its process " + std::to_string(crashes) + " times"));
}

}  // namespace feedctl::jobs
