#include "accounts/accounts.hpp"

#include "sql/accounts.hpp"

namespace feedctl::accounts {

bool Accounts::is_handle_proposed(Id user) {
  const auto rows = database_.read(sql::accounts::is_handle_proposed, store::params(user));
  return !rows.empty() && rows[0].boolean(0);
}

void append_providers(json::Writer& writer, const oidc::Registry& providers) {
  writer.open_array();
  for (const auto* provider : providers.list()) {
    writer.open_object().text("name", provider->name());
    writer.text("display_name", provider->display_name());
    writer.text("login_url", "/auth/login/" + provider->name()).close_object();
  }
  writer.close_array();
}

}  // namespace feedctl::accounts
