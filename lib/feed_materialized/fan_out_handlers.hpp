#pragma once
// Keeps user_feed complete for filling and active users, by event handlers and jobs.
//
// Handlers only add rows, read from the tables within each statement. Therefore repeated, reordered
// or delayed events change nothing. A user who follows while a post is made gets the row from the
// fan-out or from the backfill. Unfollows and deletes need no work, since readers filter.
#include "events/unit_of_work.hpp"
#include "feed_materialized/options.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed_materialized {

// Fans out posts, backfills new follows and, if rows are kept for all users, activates new users.
// Large fan-outs and backfills become jobs. No-op while materialization is off.
events::Handler fan_out_handler(Options options);

// The job kinds 'fan_out' (of a post, by follower), 'backfill' (of a user, by post of {"author"})
// and 'activate' (of a user, by followee, for one {"generation"}).
jobs::HandlerRegistry job_handlers(Options options);

}  // namespace feedctl::feed_materialized
