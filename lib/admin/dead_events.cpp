#include "admin/dead_events.hpp"

#include "base/json_writer.hpp"
#include "jobs/dead_letters.hpp"

namespace feedctl::admin {

namespace {

using jobs::DeadLetterSubject;
using Change = std::optional<DeadLetterSubject> (*)(store::WriteTx&, std::int64_t);

std::string subject_json(const DeadLetterSubject& subject) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().text("kind", subject.kind).integer("subject", subject.subject);
  writer.close_object();
  return out;
}

bool change(store::Database& database, std::int64_t id, const audit::Actor& by, Change apply,
            const char* action) {
  auto tx = database.write();
  const auto subject = apply(tx, id);
  if (!subject) return false;
  audit::append(tx, by,
                {action, "dead_event:" + std::to_string(id), subject_json(*subject), std::nullopt});
  tx.commit();
  return true;
}

}  // namespace

bool retry_dead_event(store::Database& database, std::int64_t id, const audit::Actor& by) {
  return change(database, id, by, jobs::retry_dead_letter, "dead_event.retry");
}

bool drop_dead_event(store::Database& database, std::int64_t id, const audit::Actor& by) {
  return change(database, id, by, jobs::drop_dead_letter, "dead_event.drop");
}

}  // namespace feedctl::admin
