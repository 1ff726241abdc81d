#include "posts/removal.hpp"

#include "sql/posts.hpp"

namespace feedctl::posts {

std::vector<Id> remove_of_author(store::WriteTx& tx, Id author, Id after, int most) {
  std::vector<Id> posts;
  const auto rows = tx.query(sql::posts::removal_lock, store::params(author, after, most));
  for (const auto row : rows) posts.push_back(row.integer(0));
  if (!posts.empty()) tx.query(sql::posts::removal_of_author, store::params(posts));
  return posts;
}

void remove_views(store::WriteTx& tx, Id post) {
  tx.query(sql::posts::removal_views, store::params(post));
}

}  // namespace feedctl::posts
