#include "likes/batch_delete.hpp"

#include "sql/likes.hpp"

namespace feedctl::likes {

namespace {

std::vector<Id> ids_of(const store::Result& rows) {
  std::vector<Id> ids;
  ids.reserve(rows.size());
  for (const auto row : rows) ids.push_back(row.integer(0));
  return ids;
}

}  // namespace

std::vector<Id> delete_by_user(store::WriteTx& tx, Id user, Id after, int max_rows) {
  auto posts = ids_of(tx.query(sql::likes::removal_lock, store::params(user, after, max_rows)));
  if (!posts.empty()) tx.query(sql::likes::removal_of_user, store::params(user, posts));
  return posts;
}

std::vector<Id> delete_by_post(store::WriteTx& tx, Id post, Id after, int max_rows) {
  return ids_of(tx.query(sql::likes::removal_of_post, store::params(post, after, max_rows)));
}

}  // namespace feedctl::likes
