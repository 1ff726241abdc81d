#pragma once
// A blob store that fails where a test wants it to. For one thread at a time.
#include <functional>

#include "base/error.hpp"
#include "blob/blob_store.hpp"

namespace feedctl::test {

class FaultyStore final : public blob::BlobStore {
 public:
  explicit FaultyStore(blob::BlobStore& store) : store_(store) {}

  // The nth call from now on fails, once; 0: none.
  void fail_at(int call) {
    calls_ = 0;
    failing_call_ = call;
  }
  bool has_failed() const { return failing_call_ > 0 && calls_ >= failing_call_; }
  std::function<void(const std::string& key)> on_head;  // before it looks

  std::string name() const override { return store_.name(); }
  void put(const std::string& key, const FileSlice& content, const std::string& content_type,
           Deadline deadline) override {
    count();
    store_.put(key, content, content_type, deadline);
  }
  std::optional<blob::OpenObject> open(const std::string& key, std::size_t max_size,
                                       Deadline deadline) override {
    count();
    return store_.open(key, max_size, deadline);
  }
  std::optional<blob::Object> head(const std::string& key, Deadline deadline) override {
    count();
    if (on_head) on_head(key);
    return store_.head(key, deadline);
  }
  void remove(const std::string& key, Deadline deadline) override {
    count();
    store_.remove(key, deadline);
  }
  blob::Listing list(const std::string& prefix, const std::string& after, std::size_t limit,
                     Deadline deadline) override {
    count();
    return store_.list(prefix, after, limit, deadline);
  }
  std::optional<std::string> presigned_link(const std::string& key, Time now,
                                            std::chrono::seconds ttl) const override {
    return store_.presigned_link(key, now, ttl);
  }
  std::optional<blob::UploadForm> presigned_upload(const std::string& key,
                                                   const std::string& content_type,
                                                   std::size_t max_size, Time now,
                                                   std::chrono::seconds ttl) const override {
    return store_.presigned_upload(key, content_type, max_size, now, ttl);
  }

 private:
  void count() {
    if (++calls_ == failing_call_) throw Error(ErrorCode::unavailable, "the store is away");
  }

  blob::BlobStore& store_;
  int calls_ = 0;
  int failing_call_ = 0;
};

}  // namespace feedctl::test
