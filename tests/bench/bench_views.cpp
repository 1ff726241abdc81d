// View counters without HTTP, for benchmarks. Each form prints a JSON object.
//   bench_views burst URL REDIS POST USER TIMES   100 views at once, of users USER and following,
//   so
//                                                 many times, each time of the next post from POST
//                                                 on
//   bench_views flush URL REDIS                   one flush
//   bench_views read SOCKET KEY                   a hash by HSCAN or a list by LRANGE, and no more
#include <hiredis/hiredis.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "store/batch_options.hpp"
#include "views/flush.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"
#include "views/view_recorder.hpp"

using namespace feedctl;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int views_at_once = 100;
constexpr int fields_per_read = 30'000;  // of a list, as the flush reads it

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

store::Options database_options(const char* url) {
  store::Options options;
  options.url = Secret<std::string>(url);
  return options;
}

redis::PoolOptions redis_options(const char* url) {
  redis::PoolOptions options;
  options.url = url;
  options.timeout = std::chrono::seconds{10};
  return options;
}

// ---- burst

// The answers of one process, which a burst waits for.
struct Answers {
  std::counting_semaphore<> arrived{0};
  std::atomic<int> counted{0};

  void take(const views::ViewRecorder::Outcome& outcome) {
    if (const auto* results = std::get_if<std::vector<views::Result>>(&outcome)) {
      for (const auto& result : *results) counted += result.is_counted() ? 1 : 0;
    }
    arrived.release();
  }
};

// Milliseconds until the last of the views is answered.
double burst(views::ViewRecorder& recorder, Answers& answers, Id post, Id first_user) {
  const auto start = Clock::now();
  for (int i = 0; i < views_at_once; ++i) {
    recorder.submit(first_user + i, {post}, false,
                    [&answers](const auto& outcome) { answers.take(outcome); });
  }
  for (int i = 0; i < views_at_once; ++i) answers.arrived.acquire();
  return 1000 * seconds_since(start);
}

// A bot's views are not counted, but the recorder knows the posts from then on.
void warm(views::ViewRecorder& recorder, Answers& answers, Id first_post, int posts, Id user) {
  std::vector<Id> ids;
  for (int i = 0; i < posts; ++i) ids.push_back(first_post + i);
  recorder.submit(user, std::move(ids), true,
                  [&answers](const auto& outcome) { answers.take(outcome); });
  answers.arrived.acquire();
}

int run_bursts(char** words) {
  const Id post = std::atoll(words[2]), user = std::atoll(words[3]);
  const int times = std::atoi(words[4]);
  store::Database database(database_options(words[0]));
  Answers answers;
  views::ViewRecorder::Options options;
  options.redis = redis_options(words[1]);
  options.max_target_age = std::chrono::minutes{10};
  views::ViewRecorder recorder(database, options);
  std::printf("{\"first_ms\": %.3f, ", burst(recorder, answers, post, user));
  warm(recorder, answers, post + 1, times, user);
  std::printf("\"ms\": [");
  for (int i = 1; i <= times; ++i)
    std::printf("%s%.3f", i > 1 ? ", " : "", burst(recorder, answers, post + i, user));
  std::printf("], \"counted\": %d}\n", answers.counted.load());
  return 0;
}

// ---- flush

// Sums how long the counters themselves take to read.
class TimedBuffer : public views::RedisCounterBuffer {
 public:
  using RedisCounterBuffer::RedisCounterBuffer;

  std::vector<views::SeenView> read_views(const views::Batch& batch, std::size_t from,
                                          std::size_t max_views) override {
    const auto start = Clock::now();
    auto found = RedisCounterBuffer::read_views(batch, from, max_views);
    read_seconds += seconds_since(start);
    return found;
  }
  std::vector<views::Impressions> read_impressions(const views::Batch& batch) override {
    const auto start = Clock::now();
    auto found = RedisCounterBuffer::read_impressions(batch);
    read_seconds += seconds_since(start);
    return found;
  }

  double read_seconds = 0;
};

int run_flush(char** words) {
  store::Database database(store::with_batch_limits(database_options(words[0])));
  TimedBuffer buffer(redis_options(words[1]));
  views::PostgresFlushStore store(database);
  views::FlushOptions options;
  options.allow_lossy = true;
  views::Flush flush(buffer, store, options);
  const auto start = Clock::now();
  const auto report = flush.run();
  std::printf("{\"seconds\": %.6f, \"read_seconds\": %.6f, \"views\": %lld, \"contents\": %lld}\n",
              seconds_since(start), buffer.read_seconds, static_cast<long long>(report.views),
              static_cast<long long>(report.contents));
  return 0;
}

// ---- read

using RedisReply = std::unique_ptr<redisReply, void (*)(void*)>;

RedisReply command(redisContext* redis, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  RedisReply reply(static_cast<redisReply*>(redisCommandArgv(redis, static_cast<int>(words.size()),
                                                             texts.data(), sizes.data())),
                   freeReplyObject);
  if (!reply || reply->type == REDIS_REPLY_ERROR)
    throw Error(ErrorCode::unavailable, reply ? reply->str : "redis does not answer");
  return reply;
}

std::size_t scan_hash(redisContext* redis, const std::string& key) {
  std::size_t fields = 0;
  std::string cursor = "0";
  do {
    const auto reply = command(redis, {"HSCAN", key, cursor, "COUNT", "5000"});
    cursor = reply->element[0]->str;
    fields += reply->element[1]->elements / 2;
  } while (cursor != "0");
  return fields;
}

std::size_t read_list(redisContext* redis, const std::string& key) {
  std::size_t fields = 0;
  for (std::size_t more = 1; more > 0; fields += more) {
    const auto last = fields + fields_per_read - 1;
    more = command(redis, {"LRANGE", key, std::to_string(fields), std::to_string(last)})->elements;
  }
  return fields;
}

int run_read(char** words) {
  const std::string key = words[1];
  const std::unique_ptr<redisContext, void (*)(redisContext*)> redis(redisConnectUnix(words[0]),
                                                                     redisFree);
  if (!redis || redis->err != 0) throw Error(ErrorCode::unavailable, "redis does not answer");
  const bool is_list = std::string_view(command(redis.get(), {"TYPE", key})->str) == "list";
  const auto start = Clock::now();
  const auto fields = is_list ? read_list(redis.get(), key) : scan_hash(redis.get(), key);
  std::printf("{\"seconds\": %.6f, \"fields\": %zu}\n", seconds_since(start), fields);
  return 0;
}

int usage() {
  std::fputs(
      "usage: bench_views burst URL REDIS POST USER TIMES | flush URL REDIS | "
      "read SOCKET KEY\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view form = argc > 1 ? argv[1] : "";
  log::setup({log::Level::warning, log::Format::json});
  try {
    if (form == "burst" && argc == 7) return run_bursts(argv + 2);
    if (form == "flush" && argc == 4) return run_flush(argv + 2);
    if (form == "read" && argc == 4) return run_read(argv + 2);
    return usage();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
}
