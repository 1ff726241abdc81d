#pragma once
// Gives the commands of carried out batches their outcomes, each batch after what has to be waited
// for; on a thread of its own, which comes to be with the first batch. Thread-safe.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "commands/waiting.hpp"

namespace feedctl::commands {

class Answers {
 public:
  explicit Answers(Lane::After after) : after_(std::move(after)) {}
  ~Answers() { close(); }
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  void take(Batch batch, store::Result rows);
  // Gives out all outcomes that it has.
  void close();

 private:
  struct Carried {
    Batch batch;
    store::Result rows;
  };
  void run();

  const Lane::After after_;
  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<Carried> waiting_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace feedctl::commands
