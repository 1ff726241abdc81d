#include "posts/batch_delete.hpp"

#include "sql/posts.hpp"

namespace feedctl::posts {

std::vector<Id> delete_by_author(store::WriteTx& tx, Id author, Id after, int max_rows) {
  std::vector<Id> posts;
  const auto rows = tx.query(sql::posts::removal_lock, store::params(author, after, max_rows));
  for (const auto row : rows) posts.push_back(row.integer(0));
  if (!posts.empty()) tx.query(sql::posts::removal_of_author, store::params(posts));
  return posts;
}

void delete_views(store::WriteTx& tx, Id post) {
  tx.query(sql::posts::removal_views, store::params(post));
}

}  // namespace feedctl::posts
