#pragma once
// Settings of the materialized read model. Plain values.
#include "config/config.hpp"

namespace feedctl::feed_materialized {

struct Options {
  config::FeedConfig settings = {};
  // A fan-out to more followers, or a backfill of more posts, is a job. Smaller ones run in the
  // transaction of their event.
  std::int64_t fan_out_job_above = 1000;
  int backfill_job_above = 1000;
  // Sizes of a job's chunks.
  int followers_per_chunk = 20'000;
  int posts_per_chunk = 5000;
  int followees_per_chunk = 100;

  bool is_enabled() const { return settings.materialize != config::Materialize::off; }
  bool is_for_all_users() const { return settings.materialize == config::Materialize::all; }
};

}  // namespace feedctl::feed_materialized
