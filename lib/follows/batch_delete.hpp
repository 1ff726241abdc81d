#pragma once
// Deletes the follows of a deleted account, a batch a call, in the caller's transaction. The other
// user's counter goes down, and each follow gets its UserUnfollowed. Each call returns the other
// users, ascending: the last one is where the next batch begins, and fewer than `max_rows` mean
// that none are left. Errors are those of the store.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::follows {

// The users with ids above `after` whom the account followed.
std::vector<Id> delete_following(store::WriteTx& tx, Id account, Id after, int max_rows);
// The followers of the account with ids above `after`.
std::vector<Id> delete_followers(store::WriteTx& tx, Id account, Id after, int max_rows);

}  // namespace feedctl::follows
