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
    if (bit < most_posts) {
      event.type = events::Type::post_created;
      event.actor = author_id(author_of[bit]);
      event.object = post_id(bit);
    } else if (bit < 12) {
      const int pair = (bit - most_posts) / 2;
      event.type = events::Type::user_followed;
      event.actor = reader_id(pair / most_authors);
      event.object = author_id(pair % most_authors);
    } else {
      event.type = events::Type::user_created;
      event.actor = event.object = reader_id(bit - 12);
    }
    events.push_back(event);
  }
  return events;
}

Answer word_of(const FeedLooked& looked) {
  return static_cast<Answer>(looked.count) | static_cast<Answer>(looked.last) << 8;
}

}  // namespace

FeedPort::Batch FeedPort::read(Unit&, int, int) {
  const auto answer = call(feed_read, true, [&]() -> Answer {
    auto& w = state_.world;
    sql_.open() = {};
    sql_.open().open = 1;
    const auto pending = static_cast<u16>(w.log & ~w.position);
    const auto mask = what_ == 0 ? pending : static_cast<u16>(1 << (what_ - 1));
    return Answer{w.version} | Answer{mask} << 8 | Answer{w.position} << 24;
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
  return call(feed_save, true, [&]() -> Answer {
    auto& w = state_.world;
    const bool one = model_.config_.one_slot;
    const bool moved = one ? w.version != batch.version : (w.position & batch.mask) != 0;
    const bool blind = model_.mistake_ == FeedMistake::blind_save;
    if (moved && !blind) return 0;
    sql_.open().saved = 1;
    sql_.open().passed = static_cast<u16>((one ? batch.position : w.position) | batch.mask);
    if (model_.mistake_ == FeedMistake::position_first) w.position = sql_.open().passed;
    return 1;
  });
}

void FeedPort::commit() {
  const bool worker = model_.config_.actors[me_] == 'w';
  const bool yields = !worker || model_.mistake_ == FeedMistake::position_first;
  call(feed_commit, yields, [&]() -> Answer {
    sql_.commit();
    return 0;
  });
}

void FeedPort::activate(const feed::Ids& users) {
  call(feed_other, false, [&]() -> Answer {
    for (const auto user : users) sql_.activate_within(static_cast<int>(user - reader_id(0)));
    return 0;
  });
}

std::vector<feed::TooBig> FeedPort::spread(const feed::News& news, std::int64_t pull,
                                           std::int64_t direct_followers, int direct_posts) {
  u8 posts = 0, pairs = 0;
  for (const auto post : news.posts) posts = static_cast<u8>(posts | 1 << (post - post_id(0)));
  for (std::size_t i = 0; i < news.followers.size(); ++i) {
    pairs = static_cast<u8>(pairs | pair_bit(static_cast<int>(news.followers[i] - reader_id(0)),
                                             static_cast<int>(news.followees[i] - author_id(0))));
  }
  const auto answer = call(feed_spread, true, [&]() -> Answer {
    const auto left = sql_.spread(posts, pairs, static_cast<int>(pull),
                                  static_cast<int>(direct_followers), direct_posts);
    return Answer{left.posts} | Answer{left.pairs} << 8;
  });
  std::vector<feed::TooBig> big;
  for (int p = 0; p < most_posts; ++p) {
    if (answer >> p & 1) big.push_back({post_id(p), 0});
  }
  for (int pair = 0; pair < 4; ++pair) {
    if (answer >> (8 + pair) & 1)
      big.push_back({{}, 0, reader_id(pair / most_authors), author_id(pair % most_authors)});
  }
  return big;
}

void FeedPort::add_job(const jobs::NewJob& job) {
  call(feed_other, false, [&]() -> Answer {
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

feed::Looked FeedPort::fan_out(Id post, Id after, int most) {
  const auto answer = call(feed_other, false, [&] {
    return word_of(
        sql_.fan_out(static_cast<int>(post - post_id(0)), static_cast<int>(after), most));
  });
  return {static_cast<std::int64_t>(answer & 0xFF), static_cast<Id>(answer >> 8)};
}

feed::Looked FeedPort::backfill(Id follower, Id followee, Id below, int most) {
  const auto place = std::min<Id>(below - post_id(0) + 1, most_posts + 1);
  const auto answer = call(feed_other, false, [&] {
    return word_of(sql_.backfill(static_cast<int>(follower - reader_id(0)),
                                 static_cast<int>(followee - author_id(0)), static_cast<int>(place),
                                 most));
  });
  return {static_cast<std::int64_t>(answer & 0xFF), static_cast<Id>(answer >> 8) + post_id(0) - 1};
}

std::optional<feed::Filled> FeedPort::fill(Id user, std::int64_t generation, int followees,
                                           int posts) {
  const auto reader = static_cast<int>(user - reader_id(0));
  const auto found = call(feed_other, false, [&]() -> Answer {
    return sql_.begin_fill(reader, static_cast<int>(generation), followees, posts);
  });
  if (!found) return std::nullopt;
  const auto answer = call(feed_fill, true, [&]() -> Answer {
    if (!sql_.end_fill(reader, static_cast<int>(generation))) return 0;
    const auto& state = sql_.open().states[reader];
    return 1 | (state.state == 2 ? 2U : 0U) | Answer{state.cursor} << 8 |
           Answer{sql_.open().found_count} << 16;
  });
  if (!answer) return std::nullopt;
  return feed::Filled{(answer & 2) != 0, static_cast<Id>(answer >> 8 & 0xFF),
                      static_cast<std::int64_t>(answer >> 16)};
}

std::optional<jobs::Claimed> FeedPort::claim(jobs::Lane lane, bool) {
  const auto answer = call(feed_claim, true, [&]() -> Answer {
    sql_.claim(what_);
    const auto& job = state_.world.jobs[what_];
    auto& actor = state_.actors[me_];
    actor.job = static_cast<u8>(what_ + 1);
    actor.claim = job.claim;
    return Answer{what_} | static_cast<Answer>(job.kind) << 8 | Answer{job.subject} << 16 |
           Answer{job.about} << 24 | Answer{job.cursor} << 32 | Answer{job.claim} << 40 |
           Answer{job.crashes} << 48;
  });
  const auto byte = [&](int n) { return static_cast<std::int64_t>(answer >> (8 * n) & 0xFF); };
  jobs::Job job;
  job.id = byte(0);
  job.lane = lane;
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
  return jobs::Claimed{std::move(job), byte(5), static_cast<int>(byte(6)), false};
}

bool FeedPort::lock(Unit&, const jobs::Claimed& claimed) {
  return call(feed_lock, true, [&]() -> Answer {
    return sql_.lock(static_cast<int>(claimed.job.id), static_cast<int>(claimed.claim));
  });
}

void FeedPort::save(Unit&, const jobs::Claimed& claimed, const jobs::Chunk& chunk) {
  call(feed_other, false, [&]() -> Answer {
    sql_.open().job_end = 1;
    sql_.open().job_cursor = static_cast<u8>(std::stoi(*chunk.cursor));
    if (model_.mistake_ == FeedMistake::cursor_first)
      state_.world.jobs[claimed.job.id].cursor = sql_.open().job_cursor;
    return 0;
  });
}

void FeedPort::finish(Unit&, const jobs::Claimed&) {
  call(feed_other, false, [&]() -> Answer {
    sql_.open().job_end = 2;
    return 0;
  });
}

}  // namespace feedctl::models
