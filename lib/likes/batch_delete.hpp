#pragma once
// Deletes likes in the background, a batch a call, in the caller's transaction. The last id that a
// call returns is where the next batch begins; fewer than `max_rows` ids mean that none are left.
// Errors are those of the store.
#include <vector>

#include "base/ids.hpp"
#include "store/database.hpp"

namespace feedctl::likes {

// The likes of a deleted user on posts with ids above `after`. A living post's counter goes down
// and the like gets its PostUnliked. Returns the posts, ascending.
std::vector<Id> delete_by_user(store::WriteTx& tx, Id user, Id after, int max_rows);

// The likes of a deleted post with ids above `after`; none if the post lives. There are no events,
// because the counter and the score are deleted with the post. Returns the likes, ascending.
std::vector<Id> delete_by_post(store::WriteTx& tx, Id post, Id after, int max_rows);

}  // namespace feedctl::likes
