#pragma once
// A blob store in memory, with links and forms as S3 has them where a test wants them. Thread-safe.

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

#include "base/error.hpp"
#include "blob/blob_store.hpp"
#include "support/memory_file.hpp"

namespace feedctl::test {

class MemoryStore final : public blob::BlobStore {
 public:
  std::string name() const override { return "memory"; }

  void put(const std::string& key, const FileSlice& content, const std::string& content_type,
           Deadline) override {
    check();
    blob::check_key(key);
    if (on_put) on_put(key);
    auto bytes = support::read_all(content);
    const std::lock_guard lock(mutex_);
    objects_[key] = std::move(bytes);
    types_[key] = content_type;
    ++puts;
  }
  std::optional<blob::OpenObject> open(const std::string& key, std::size_t max_size,
                                       Deadline) override {
    check();
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return std::nullopt;
    if (found->second.size() > max_size) throw Error(ErrorCode::unavailable, "it is too large");
    return blob::OpenObject{support::memory_file(found->second), found->second.size()};
  }
  std::optional<blob::Object> head(const std::string& key, Deadline) override {
    ++heads;
    check();
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return std::nullopt;
    return blob::Object{key, found->second.size(), now()};
  }
  void remove(const std::string& key, Deadline) override {
    check();
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }
  blob::Listing list(const std::string&, const std::string&, std::size_t, Deadline) override {
    return {};
  }
  std::optional<std::string> presigned_link(const std::string& key, Time,
                                            std::chrono::seconds ttl) const override {
    if (!has_links) return std::nullopt;
    return "https://store.test/" + key + "?ttl=" + std::to_string(ttl.count());
  }
  std::optional<blob::UploadForm> presigned_upload(const std::string& key,
                                                   const std::string& content_type,
                                                   std::size_t max_size, Time,
                                                   std::chrono::seconds) const override {
    if (!has_links) return std::nullopt;
    return blob::UploadForm{
        "https://store.test/bucket",
        {{"key", key}, {"Content-Type", content_type}, {"max", std::to_string(max_size)}}};
  }

  std::set<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> keys;
    for (const auto& [key, bytes] : objects_) keys.insert(key);
    return keys;
  }
  std::string bytes(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return objects_.at(key);
  }
  std::string type(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return types_.at(key);
  }
  void add(const std::string& key, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    objects_[key] = bytes;
  }

  std::atomic<bool> has_links{false};
  std::atomic<bool> is_down{false};
  std::atomic<int> puts{0}, heads{0};
  std::function<void(const std::string& key)> on_put;  // may wait

 private:
  void check() const {
    if (is_down) throw Error(ErrorCode::unavailable, "the store is down");
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_, types_;
};

}  // namespace feedctl::test
