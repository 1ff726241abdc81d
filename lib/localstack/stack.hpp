#pragma once
// PostgreSQL and Redis in one folder, under one supervisor. Not thread-safe, except supervisor().
//   folder/lock, folder/postgres, folder/redis, folder/log/*.log, folder/run (sockets)
#include <filesystem>
#include <functional>
#include <optional>

#include "localstack/folder.hpp"
#include "localstack/postgres.hpp"
#include "localstack/redis.hpp"
#include "localstack/supervisor.hpp"

namespace feedctl::localstack {

struct StackOptions {
  std::filesystem::path folder;
  bool durable = true;
  bool redis = true;
  std::function<bool()> cancelled;  // asked while it starts
};

class Stack {
 public:
  // Takes the folder: Error(lock_held) where another process has it. Starts nothing yet.
  explicit Stack(StackOptions options);

  // Removes the data of earlier runs; before start().
  void empty_folder();
  // Returns once both answer.
  void start();

  const Postgres& postgres() const { return *postgres_; }
  bool has_redis() const { return redis_.has_value(); }
  const Redis& redis() const { return redis_.value(); }
  Supervisor& supervisor() { return supervisor_; }
  const std::filesystem::path& folder() const { return options_.folder; }

 private:
  StackOptions options_;
  FolderLock lock_;
  std::optional<Postgres> postgres_;
  std::optional<Redis> redis_;
  Supervisor supervisor_;
};

}  // namespace feedctl::localstack
