#include "likes/removal.hpp"

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

std::vector<Id> remove_of_user(store::WriteTx& tx, Id user, Id after, int most) {
  auto posts = ids_of(tx.query(sql::likes::removal_lock, store::params(user, after, most)));
  if (!posts.empty()) tx.query(sql::likes::removal_of_user, store::params(user, posts));
  return posts;
}

std::vector<Id> remove_of_post(store::WriteTx& tx, Id post, Id after, int most) {
  return ids_of(tx.query(sql::likes::removal_of_post, store::params(post, after, most)));
}

}  // namespace feedctl::likes
