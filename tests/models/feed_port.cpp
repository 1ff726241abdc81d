#include "feed_port.hpp"

#include "base/json.hpp"
#include "support/json.hpp"

namespace feedctl::models {

namespace {

std::vector<events::Event> events_of(u16 mask, const u8* author_of) {
  std::vector<events::Event> events;
  for (int bit = 0; bit < 16; ++bit) {
    if (!(mask >> bit & 1)) continue;
    events::Event event;
    event.id = bit + 1;
    if (bit < max_posts) {
      event.type = events::Type::post_created;
      event.actor = author_id(author_of[bit]);
      event.object = post_id(bit);
    } else if (bit < 12) {
      const int pair = (bit - max_posts) / 2;
      event.type = events::Type::user_followed;
      event.actor = reader_id(pair / max_authors);
      event.object = author_id(pair % max_authors);
    } else {
      event.type = events::Type::user_created;
      event.actor = event.object = reader_id(bit - 12);
    }
    events.push_back(event);
  }
  return events;
}

CallResult word_of(const FeedChunkResult& progress) {
  return static_cast<CallResult>(progress.count) | static_cast<CallResult>(progress.last) << 8;
}

}  // namespace

FeedPort::Batch FeedPort::read(Unit&, int, int) {
  const auto answer = call(feed_read, true, [&]() -> CallResult {
    auto& w = state_.world;
    sql_.open() = {};
    sql_.open().open = 1;
    const auto pending = static_cast<u16>(w.log & ~w.position);
    const auto mask = what_ == 0 ? pending : static_cast<u16>(1 << (what_ - 1));
    return CallResult{w.version} | CallResult{mask} << 8 | CallResult{w.position} << 24;
  });
  Batch batch;
  batch.version = static_cast<std::int64_t>(answer & 0xFF);
  batch.mask = static_cast<u16>(answer >> 8);
  batch.position = static_cast<u16>(answer >> 24);
  batch.events = events_of(batch.mask, model_.author_of_);
  return batch;
}

// One slot: its version tells. A slot for each event: whether it has been passed.
bool FeedPort::save(Unit&, int, const Batch& batch) {
  return call(feed_save, true, [&]() -> CallResult {
    auto& w = state_.world;
    const bool one = model_.config_.one_slot;
    const bool moved = one ? w.version != batch.version : (w.position & batch.mask) != 0;
    const bool blind = model_.mistake_ == FeedFault::blind_save;
    if (moved && !blind) return 0;
    sql_.open().saved = 1;
    sql_.open().passed = static_cast<u16>((one ? batch.position : w.position) | batch.mask);
    if (model_.mistake_ == FeedFault::position_first) w.position = sql_.open().passed;
    return 1;
  });
}

void FeedPort::commit() {
  const bool worker = model_.config_.actors[me_] == 'w';
  const bool yields = !worker || model_.mistake_ == FeedFault::position_first;
  call(feed_commit, yields, [&]() -> CallResult {
    sql_.commit();
    return 0;
  });
}

void FeedPort::activate_users(const feed_materialized::Ids& users) {
  call(feed_other, false, [&]() -> CallResult {
    for (const auto user : users) sql_.activate_within(static_cast<int>(user - reader_id(0)));
    return 0;
  });
}

std::vector<feed_materialized::LargeFanOut> FeedPort::fan_out_batch(
    const feed_materialized::FanOutInput& input, std::int64_t fan_out_on_read_above,
    std::int64_t fan_out_job_above, int backfill_job_above) {
  u8 posts = 0, pairs = 0;
  for (const auto post : input.posts) posts = static_cast<u8>(posts | 1 << (post - post_id(0)));
  for (std::size_t i = 0; i < input.followers.size(); ++i) {
    pairs = static_cast<u8>(pairs | pair_bit(static_cast<int>(input.followers[i] - reader_id(0)),
                                             static_cast<int>(input.followees[i] - author_id(0))));
  }
  const auto answer = call(feed_spread, true, [&]() -> CallResult {
    const auto left = sql_.spread(posts, pairs, static_cast<int>(fan_out_on_read_above),
                                  static_cast<int>(fan_out_job_above), backfill_job_above);
    return CallResult{left.posts} | CallResult{left.pairs} << 8;
  });
  std::vector<feed_materialized::LargeFanOut> large;
  for (int p = 0; p < max_posts; ++p) {
    if (answer >> p & 1) large.push_back({post_id(p), 0});
  }
  for (int pair = 0; pair < 4; ++pair) {
    if (answer >> (8 + pair) & 1)
      large.push_back({{}, 0, reader_id(pair / max_authors), author_id(pair % max_authors)});
  }
  return large;
}

void FeedPort::add_job(const jobs::NewJob& job) {
  call(feed_other, false, [&]() -> CallResult {
    FeedJob row{};
    if (job.kind == "fan_out") {
      row.kind = JobKind::fan_out;
      row.subject = static_cast<u8>(job.subject - post_id(0));
    } else {
      row.kind = JobKind::backfill;
      row.subject = static_cast<u8>(job.subject - reader_id(0));
      row.about =
          static_cast<u8>(support::integer_in(json::parse(job.payload), "author") - author_id(0));
    }
    sql_.add_job(row);
    return 0;
  });
}

feed_materialized::ChunkProgress FeedPort::fan_out_chunk(Id post, Id after, int max_followers) {
  const auto answer = call(feed_other, false, [&] {
    return word_of(
        sql_.fan_out(static_cast<int>(post - post_id(0)), static_cast<int>(after), max_followers));
  });
  return {static_cast<std::int64_t>(answer & 0xFF), static_cast<Id>(answer >> 8)};
}

feed_materialized::ChunkProgress FeedPort::backfill_chunk(Id follower, Id followee, Id below,
                                                          int max_rows) {
  const auto place = std::min<Id>(below - post_id(0) + 1, max_posts + 1);
  const auto answer = call(feed_other, false, [&] {
    return word_of(sql_.backfill(static_cast<int>(follower - reader_id(0)),
                                 static_cast<int>(followee - author_id(0)), static_cast<int>(place),
                                 max_rows));
  });
  return {static_cast<std::int64_t>(answer & 0xFF), static_cast<Id>(answer >> 8) + post_id(0) - 1};
}

std::optional<feed_materialized::ActivationProgress> FeedPort::activate_chunk(
    Id user, std::int64_t generation, int followees, int rows) {
  const auto reader = static_cast<int>(user - reader_id(0));
  const auto found = call(feed_other, false, [&]() -> CallResult {
    return sql_.begin_fill(reader, static_cast<int>(generation), followees, rows);
  });
  if (!found) return std::nullopt;
  const auto answer = call(feed_fill, true, [&]() -> CallResult {
    if (!sql_.end_fill(reader, static_cast<int>(generation))) return 0;
    const auto& state = sql_.open().states[reader];
    return 1 | (state.state == 2 ? 2U : 0U) | CallResult{state.cursor} << 8 |
           CallResult{sql_.open().found_count} << 16;
  });
  if (!answer) return std::nullopt;
  return feed_materialized::ActivationProgress{(answer & 2) != 0,
                                               static_cast<Id>(answer >> 8 & 0xFF),
                                               static_cast<std::int64_t>(answer >> 16)};
}

std::optional<jobs::ClaimedJob> FeedPort::claim(jobs::Priority lane, bool) {
  const auto answer = call(feed_claim, true, [&]() -> CallResult {
    sql_.claim(what_);
    const auto& job = state_.world.jobs[what_];
    auto& actor = state_.actors[me_];
    actor.job = static_cast<u8>(what_ + 1);
    actor.claim = job.claim;
    return CallResult{what_} | static_cast<CallResult>(job.kind) << 8 |
           CallResult{job.subject} << 16 | CallResult{job.about} << 24 |
           CallResult{job.cursor} << 32 | CallResult{job.claim} << 40 |
           CallResult{job.crashes} << 48;
  });
  const auto byte = [&](int n) { return static_cast<std::int64_t>(answer >> (8 * n) & 0xFF); };
  jobs::Job job;
  job.id = byte(0);
  job.priority = lane;
  switch (static_cast<JobKind>(byte(1))) {
    case JobKind::fan_out:
      job.kind = "fan_out";
      job.subject = post_id(static_cast<int>(byte(2)));
      job.payload = std::string("{}");
      break;
    case JobKind::backfill:
      job.kind = "backfill";
      job.subject = reader_id(static_cast<int>(byte(2)));
      job.payload = "{\"author\": " + std::to_string(author_id(static_cast<int>(byte(3)))) + "}";
      break;
    default:
      job.kind = "activate";
      job.subject = reader_id(static_cast<int>(byte(2)));
      job.payload = "{\"generation\": " + std::to_string(byte(3)) + "}";
  }
  if (byte(4) > 0) job.cursor = std::to_string(byte(4));
  return jobs::ClaimedJob{std::move(job), byte(5), static_cast<int>(byte(6)), false};
}

bool FeedPort::lock(Unit&, const jobs::ClaimedJob& claimed) {
  return call(feed_lock, true, [&]() -> CallResult {
    return sql_.lock(static_cast<int>(claimed.job.id), static_cast<int>(claimed.claim_id));
  });
}

void FeedPort::save(Unit&, const jobs::ClaimedJob& claimed, const jobs::Chunk& chunk) {
  call(feed_other, false, [&]() -> CallResult {
    sql_.open().job_end = 1;
    sql_.open().job_cursor = static_cast<u8>(std::stoi(*chunk.cursor));
    if (model_.mistake_ == FeedFault::cursor_first)
      state_.world.jobs[claimed.job.id].cursor = sql_.open().job_cursor;
    return 0;
  });
}

void FeedPort::finish(Unit&, const jobs::ClaimedJob&) {
  call(feed_other, false, [&]() -> CallResult {
    sql_.open().job_end = 2;
    return 0;
  });
}

}  // namespace feedctl::models
