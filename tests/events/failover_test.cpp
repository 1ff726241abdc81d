// A log tail whose database becomes a standby, crashes, or is restored from an older copy.
#include "base/error.hpp"
#include "events/log_tail.hpp"
#include "support/catch.hpp"
#include "support/own_postgres.hpp"

namespace feedctl::test {

namespace {

using Ids = std::vector<std::int64_t>;

store::Options options_of(const support::PrivatePostgres& postgres) {
  store::Options options;
  options.url = Secret<std::string>(postgres.url());
  return options;
}

void put(const support::PrivatePostgres& postgres, std::int64_t actor) {
  postgres.execute("INSERT INTO events (type, shard, actor, object) VALUES (1, 0, " +
                   std::to_string(actor) + ", 8) RETURNING id");
}

// The actors of the new events. Polls again if the connection turns out to be broken.
Ids poll(events::LogTail& tail) {
  for (int attempt = 0;; ++attempt) {
    try {
      Ids actors;
      for (const auto& event : tail.poll()) actors.push_back(event.actor);
      return actors;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || attempt == 5) throw;
    }
  }
}

// The error of the last of three polls: the first ones may only find the connection broken.
std::optional<ErrorCode> refusal(events::LogTail& tail, std::string& message) {
  std::optional<ErrorCode> code;
  for (int attempt = 0; attempt < 3; ++attempt) {
    code.reset();
    try {
      tail.poll();
    } catch (const Error& error) {
      code = error.code();
      message = error.what();
    }
  }
  return code;
}

}  // namespace

// One server for all steps, since creating one takes seconds.
TEST_CASE(
    "a tail resumes after a crash, reads nothing from a standby, and stops where the database may "
    "lack delivered events") {
  support::PrivatePostgres postgres;
  events::LogTail early(options_of(postgres), std::nullopt),
      late(options_of(postgres), std::nullopt);
  const auto both = [&] { return std::pair(poll(early), poll(late)); };
  both();
  put(postgres, 1);
  CHECK(both() == std::pair(Ids{1}, Ids{1}));
  postgres.execute("SELECT pg_current_xact_id()");  // an id that is assigned again after a crash
  both();
  postgres.kill();
  postgres.start();
  put(postgres, 2);
  CHECK(both() == std::pair(Ids{2}, Ids{2}));

  postgres.stop();
  postgres.save_copy();
  postgres.start();
  put(postgres, 3);
  put(postgres, 4);
  CHECK(both() == std::pair(Ids{3, 4}, Ids{3, 4}));
  postgres.stop();
  postgres.restore_copy();
  postgres.start();
  std::string message;
  CHECK(refusal(early, message) == ErrorCode::failed);
  CHECK(message.find("lacks some of what was read") != std::string::npos);
  for (int i = 5; i < 10; ++i) put(postgres, i);  // pass the lost transaction ids
  message.clear();
  CHECK(refusal(late, message) == ErrorCode::failed);
  CHECK(message.find("lacks some of what was read") != std::string::npos);

  events::LogTail tail(options_of(postgres), std::nullopt);
  CHECK(poll(tail).empty());
  const auto position = *tail.position();
  postgres.make_standby();
  CHECK(refusal(tail, message) == ErrorCode::unavailable);
  CHECK(message.find("is a standby") != std::string::npos);
  CHECK(tail.position()->text() == position.text());
  postgres.promote();
  put(postgres, 10);
  CHECK(refusal(tail, message) == ErrorCode::failed);
  CHECK(message.find("another server has taken over") != std::string::npos);
  // A new tail may still begin at a position if the caller knows that nothing was lost.
  events::LogTail next(options_of(postgres), position);
  CHECK(poll(next) == Ids{10});
}

}  // namespace feedctl::test
