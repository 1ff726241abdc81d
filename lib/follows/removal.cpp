#include "follows/removal.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows {

namespace {

std::vector<Id> remove(store::WriteTx& tx, const store::Query& lock, const store::Query& remove,
                       Id account, Id after, int most) {
  std::vector<Id> others;
  const auto rows = tx.query(lock, store::params(account, after, most));
  for (const auto row : rows) others.push_back(row.integer(0));
  if (!others.empty()) tx.query(remove, store::params(account, others));
  return others;
}

}  // namespace

std::vector<Id> remove_following(store::WriteTx& tx, Id account, Id after, int most) {
  return remove(tx, sql::follows::removal_lock_following, sql::follows::removal_following, account,
                after, most);
}

std::vector<Id> remove_followers(store::WriteTx& tx, Id account, Id after, int most) {
  return remove(tx, sql::follows::removal_lock_followers, sql::follows::removal_followers, account,
                after, most);
}

}  // namespace feedctl::follows
