#pragma once
// Takes away what is left of authors and posts that are gone, in the caller's transaction.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::posts {

// Deletes posts of an author who has left, those with ids above `after`, as Posts::remove does,
// each with its PostDeleted; likes and views of them are left. Returns the posts, ascending; fewer
// than `most` means that none are left.
std::vector<Id> remove_of_author(store::WriteTx& tx, Id author, Id after, int most);

// The view counter of a deleted post; that of a living one stays.
void remove_views(store::WriteTx& tx, Id post);

}  // namespace feedctl::posts
