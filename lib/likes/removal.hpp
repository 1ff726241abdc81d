#pragma once
// Takes likes away in the background, a chunk at a time, in the caller's transaction. What is
// returned tells where the next chunk begins; fewer than `most` means that none are left.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::likes {

// Of a user who has left, on posts with ids above `after`: each is counted down and has its
// PostUnliked where the post lives. Returns the posts, ascending.
std::vector<Id> remove_of_user(store::WriteTx& tx, Id user, Id after, int most);

// Of a post that is deleted, with ids above `after`: without events, as its counter and its score
// have gone with it. Returns the likes, ascending; none where the post lives.
std::vector<Id> remove_of_post(store::WriteTx& tx, Id post, Id after, int most);

}  // namespace feedctl::likes
