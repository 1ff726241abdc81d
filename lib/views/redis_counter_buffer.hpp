#pragma once
// CounterBuffer in Redis.
#include <functional>

#include "redis/connection_pool.hpp"
#include "views/counter_buffer.hpp"

namespace feedctl::views {

// What the server says of itself. Throws as redis::Connection::command() does.
Durability read_durability(redis::Connection& redis);

class RedisCounterBuffer : public CounterBuffer {
 public:
  // The time-out of `options` must allow for reading thousands of counters at once. Error(config)
  // for an invalid URL.
  explicit RedisCounterBuffer(const redis::PoolOptions& options);

  // With PoolOptions::wait_for_installation, every function is Error(unavailable) before this call.
  void set_installation(const std::string& installation) { pool_.set_installation(installation); }

  Durability durability() override;
  ServerState server_state() override;
  void remember_server(const std::string& id) override;
  void establish_epoch(const std::string& epoch, bool set_live_aside) override;
  std::vector<std::string> labels() override;
  Rotation rotate_views(const Fence& fence) override;
  Rotation rotate_impressions(const std::string& label, const Fence& fence) override;
  std::vector<Batch> batches() override;
  std::size_t register_missing_batches() override;
  std::vector<SeenView> read_views(const Batch& batch, std::size_t from,
                                   std::size_t max_views) override;
  std::vector<Impressions> read_impressions(const Batch& batch) override;
  void drop(const Batch& batch) override;
  Live live() override;

 private:
  // Runs it on a connection; Error(unavailable) if it fails.
  void run(const redis::ConnectionPool::Operation& operation);
  redis::Reply command(const std::vector<std::string>& arguments);
  Rotation rotate(const std::string& live_key, const Fence& fence, const std::string& id_head,
                  const std::string& id_tail);
  std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  std::string batch_key(std::string_view id) const;

  redis::ConnectionPool pool_;
  const std::string prefix_;
};

}  // namespace feedctl::views
