#pragma once
// Settings of the materialized read model. Plain values.
#include "config/config.hpp"

namespace feedctl::feed_materialized {

struct Options {
  config::FeedConfig settings = {};
  // Larger fan-outs and backfills become jobs instead of running with the event.
  std::int64_t max_direct_followers = 1000;
  int max_direct_posts = 1000;
  // Sizes of a job's chunks.
  int followers_per_chunk = 20'000;
  int posts_per_chunk = 5000;
  int followees_per_chunk = 100;

  bool is_enabled() const { return settings.materialize != config::Materialize::off; }
  bool is_for_all_users() const { return settings.materialize == config::Materialize::all; }
};

}  // namespace feedctl::feed_materialized
