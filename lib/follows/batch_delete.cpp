#include "follows/batch_delete.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows {

namespace {

std::vector<Id> delete_batch(store::WriteTx& tx, const store::Query& lock,
                             const store::Query& remove, Id account, Id after, int max_rows) {
  std::vector<Id> others;
  const auto rows = tx.query(lock, store::params(account, after, max_rows));
  for (const auto row : rows) others.push_back(row.integer(0));
  if (!others.empty()) tx.query(remove, store::params(account, others));
  return others;
}

}  // namespace

std::vector<Id> delete_following(store::WriteTx& tx, Id account, Id after, int max_rows) {
  return delete_batch(tx, sql::follows::removal_lock_following, sql::follows::removal_following,
                      account, after, max_rows);
}

std::vector<Id> delete_followers(store::WriteTx& tx, Id account, Id after, int max_rows) {
  return delete_batch(tx, sql::follows::removal_lock_followers, sql::follows::removal_followers,
                      account, after, max_rows);
}

}  // namespace feedctl::follows
