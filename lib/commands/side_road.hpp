#pragma once
// Where the commands of a failed statement go, so that the lane can go on: those of one object
// together, on a pool connection, one statement an object at a time. Where that fails for a reason
// of its own they go one by one. Thread-safe; its few threads come to be with the first failure.
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "commands/queue.hpp"

namespace feedctl::commands {

class SideRoad {
 public:
  SideRoad(store::Database& database, const store::Query& query, const Lane::Options& options)
      : database_(database), query_(query), options_(options) {}
  ~SideRoad() { close(); }
  SideRoad(const SideRoad&) = delete;
  SideRoad& operator=(const SideRoad&) = delete;

  void take(Batch batch);
  // Takes those of the batch that are about objects found locked a moment ago.
  void take_locked(Batch& batch);
  std::size_t waiting() const;
  // Carries out what waits.
  void close();

 private:
  bool enter(SharedRow& row);
  bool staffed(std::size_t turns);
  void work();
  void carry(Batch batch);
  void refused(Batch batch, const store::SqlError& error);
  void note_locked(Id object);

  store::Database& database_;
  const store::Query query_;
  const Lane::Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::map<Id, Queue> groups_;              // waiting, or at work
  std::deque<Id> turns_;                    // those of them that nobody works on
  std::map<Id, Clock::time_point> locked_;  // until when they are taken for locked
  std::size_t waiting_ = 0;
  std::size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::commands
