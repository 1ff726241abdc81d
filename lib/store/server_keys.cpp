#include "store/server_keys.hpp"

#include "sql/store.hpp"

namespace feedctl::store {

std::optional<Secret<std::string>> load_key(Database& database, const std::string& name) {
  const auto rows = database.read(sql::store::load_key, params(name));
  if (rows.empty()) return std::nullopt;
  return Secret<std::string>{std::string(rows[0].text(0))};
}

Secret<std::string> ensure_key(Database& owner, const std::string& name,
                               const Secret<std::string>& fresh) {
  owner.execute(sql::store::ensure_key, params(name, fresh.reveal()));
  // A dry run has rolled the insert back.
  return load_key(owner, name).value_or(fresh);
}

}  // namespace feedctl::store
