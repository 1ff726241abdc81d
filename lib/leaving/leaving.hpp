#pragma once
// What goes after an account has left, and after a post was deleted: in the background, in small
// chunks that go on where they were after any crash. Both are invisible already; what is removed
// here moves the counters, feeds and scores of those who stay, with an event for each step. An
// account is gone over twice: what was in flight when it left, and what its last tokens may still
// do, is found by the second pass. Plain functions, thread-safe.
#include <chrono>

#include "events/unit.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::leaving {

struct Options {
  // Longer than any token of the account is good for: auth.max_token_ttl and two minutes.
  std::chrono::seconds second_pass{86400 + 120};
  int pairs_a_chunk = 1000;  // likes, follows or posts of an account
  int likes_a_chunk = 5000;  // of a deleted post
};

// UserDeleted becomes two jobs 'remove_account', PostDeleted a job 'remove_likes' where likes or
// views of the post are left. Never adds one that is waiting already.
events::Handler on_events(Options options);

// 'remove_account' of a user (its place is "feed:0", "likes:<post id>", "follows:",
// "followers:" or "posts:<id>") and 'remove_likes' of a post (its place is the id of a like).
jobs::Kinds job_kinds(Options options);

}  // namespace feedctl::leaving
