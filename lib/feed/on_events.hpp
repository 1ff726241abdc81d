#pragma once
// What keeps user_feed complete: rows are only ever added, from the truth as each statement sees
// it, so that repeats, order and pauses of events change nothing. Nothing is ever missing above the
// floor for a user who is filling or on: whoever follows while a post is made is seen by the post's
// fan-out or sees the post in their backfill. Unfollows and deletes need no work: readers filter.
#include "events/unit.hpp"
#include "feed/options.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed {

// Fans out posts, backfills new follows, and activates new users where rows are kept for all. Large
// fan-outs and backfills become jobs. Does nothing where no rows are kept.
events::Handler on_events(Options options);

// 'fan_out' (of a post, by followers), 'backfill' (of a user, by the posts of {"author"}) and
// 'activate' (of a user, by followees, for one {"generation"}).
jobs::Kinds job_kinds(Options options);

}  // namespace feedctl::feed
