#pragma once
// PostgreSQL and Redis in one folder, under one supervisor. Not thread-safe, except supervisor().
//   folder/lock, folder/postgres, folder/redis, folder/log/*.log, folder/run (sockets)
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "localstack/folder.hpp"
#include "localstack/postgres.hpp"
#include "localstack/redis.hpp"
#include "localstack/supervisor.hpp"

namespace feedctl::localstack {

// The first line of a folder's feedctl.yaml, by which it shows that it was a stack's.
inline constexpr const char* config_first_line =
    "# Written by `feedctl dev` at each start: what is changed here is lost.";

struct StackOptions {
  std::filesystem::path folder;
  bool durable = true;
  bool redis = true;
  std::function<bool()> cancelled;                     // asked while it starts
  std::vector<std::string> postgres_environment = {};  // "NAME=value"
};

class Stack {
 public:
  // Takes the folder: Error(lock_held) where another process has it. Starts nothing yet.
  explicit Stack(StackOptions options);

  // Removes the data of earlier runs; before start(). Error(usage), and nothing is removed, where
  // the folder holds files and none shows that they are a stack's.
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
