#pragma once
// Deletes the rows that remain of deleted authors and posts, a batch a call, in the caller's
// transaction. Errors are those of the store.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::posts {

// Deletes posts of a deleted author with ids above `after`, each with its PostDeleted, as
// Posts::remove() does. Their likes and views stay. Returns the posts, ascending; fewer than
// `max_rows` means that none are left.
std::vector<Id> delete_by_author(store::WriteTx& tx, Id author, Id after, int max_rows);

// Deletes the view counter of a deleted post; does nothing for a living one.
void delete_views(store::WriteTx& tx, Id post);

}  // namespace feedctl::posts
