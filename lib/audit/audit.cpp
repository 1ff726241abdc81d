#include "audit/audit.hpp"

#include "sql/audit.hpp"

namespace feedctl::audit {

void append(store::WriteTx& tx, const Actor& actor, const Entry& entry) {
  auto params = store::params(actor.user, actor.name, entry.action, entry.object);
  params.add(entry.before).add(entry.after).add(actor.request_id);
  tx.query(sql::audit::append, params);
}

}  // namespace feedctl::audit
