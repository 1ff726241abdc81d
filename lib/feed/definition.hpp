#pragma once
// The feed as it is defined, in SQL: right to the true end of any feed, and what everything faster
// is checked against.
#include "posts/posts.hpp"

namespace feedctl::feed {

// One statement, so one cut of the commit order. Nothing where the user is no living user.
posts::Page read_definition(store::Database& database, Id user, Id before, int limit);

}  // namespace feedctl::feed
