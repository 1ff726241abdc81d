#include "auth/revocation_list.hpp"

#include <algorithm>

namespace feedctl::auth {

bool RevocationList::is_listed(const Claims& claims) const {
  const std::lock_guard lock(mutex_);
  if (claims.sid && sessions_.count(*claims.sid) > 0) return true;
  const auto user = users_.find(claims.user_id);
  return user != users_.end() && claims.token_version < user->second.token_version;
}

void RevocationList::apply(const Revocation& revocation) {
  const std::lock_guard lock(mutex_);
  if (revocation.session_id) {
    auto& until = sessions_[*revocation.session_id];
    until = std::max(until, revocation.until);
  } else {
    auto& user = users_[revocation.user_id];
    user.token_version = std::max(user.token_version, revocation.token_version);
    user.until = std::max(user.until, revocation.until);
  }
  update_size();
}

void RevocationList::prune(Time now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [now](const auto& item) { return item.second < now; });
  std::erase_if(users_, [now](const auto& item) { return item.second.until < now; });
  update_size();
}

}  // namespace feedctl::auth
