#pragma once
// The jobs that delete the rows of deleted accounts and posts, in small chunks; after a crash a job
// resumes at its cursor. Readers do not see the account or the post any more. Each step updates the
// counters, feeds and scores of other users, with an event.
//
// An account gets two passes. The second one finds the rows of commands that were in flight at the
// delete, or that a still valid token wrote later. Plain functions, thread-safe.
#include <chrono>

#include "events/unit_of_work.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::account_cleanup {

struct Options {
  // Longer than any token of the account stays valid: auth.max_token_ttl and two minutes.
  std::chrono::seconds second_pass_delay{86400 + 120};
  int rows_per_chunk = 1000;   // likes, follows, posts or imports of an account
  int likes_per_chunk = 5000;  // of a deleted post
};

// Adds two jobs 'remove_account' for a UserDeleted, and a job 'remove_likes' for a PostDeleted if
// likes or views of the post are left. Never adds a job that waits already.
events::Handler cleanup_handler(Options options);

// 'remove_account' of a user, with a cursor "feed:0", "likes:<post id>", "follows:<user id>",
// "followers:<user id>", "posts:<id>" or "imports:0", and 'remove_likes' of a post, with the id of
// a like.
jobs::HandlerRegistry job_handlers(Options options);

}  // namespace feedctl::account_cleanup
