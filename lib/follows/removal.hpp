#pragma once
// Takes the follows of an account that has left away, a chunk at a time, in the caller's
// transaction: the counters of those who stay are counted down, each follow has its UserUnfollowed.
// Returns whom it was with, ascending, the last being where to go on; fewer than `most` means that
// none are left.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::follows {

// Of whom the account followed, those with ids above `after`.
std::vector<Id> remove_following(store::WriteTx& tx, Id account, Id after, int most);
// Of the account's followers, those with ids above `after`.
std::vector<Id> remove_followers(store::WriteTx& tx, Id account, Id after, int most);

}  // namespace feedctl::follows
