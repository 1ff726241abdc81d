#pragma once
// How the read model is kept. Plain values.
#include "config/config.hpp"

namespace feedctl::feed {

struct Options {
  config::FeedConfig settings = {};
  // What is handled with the event itself; more goes to a job.
  std::int64_t direct_followers = 1000;
  int direct_posts = 1000;
  // Of a job's chunks.
  int followers_a_chunk = 20'000;
  int posts_a_chunk = 5000;
  int followees_a_chunk = 100;

  bool keeps_rows() const { return settings.materialize != config::Materialize::off; }
  bool keeps_all() const { return settings.materialize == config::Materialize::all; }
};

}  // namespace feedctl::feed
