#include "admin/key_rotation.hpp"

#include "base/json_writer.hpp"

namespace feedctl::admin {

namespace {

audit::Entry rotation_entry(const auth::KeyRotationReport& report, bool at_once) {
  std::string after;
  json::Writer writer(after);
  writer.open_object().text("signs_from", rfc3339(report.sign_from));
  writer.boolean("at_once", at_once).close_object();
  return {"key.rotate", "key:" + report.kid, std::nullopt, after};
}

}  // namespace

auth::KeyRotationReport rotate_key(store::Database& database, const auth::KeyRotation& rotation,
                                   const audit::Actor& by) {
  auto tx = database.write();
  auto report = auth::rotate_signing_key(tx, rotation);
  audit::append(tx, by, rotation_entry(report, rotation.now));
  tx.commit();
  return report;
}

}  // namespace feedctl::admin
