#pragma once
// Bounds the files on their way to clients, since each takes one of the process's descriptors for
// as long as its reader likes. Thread-safe; must outlive what hold() returns.
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "http/message.hpp"

namespace feedctl::http {

class FileSlots {
 public:
  explicit FileSlots(std::size_t max) : max_(max) {}

  // The same file with a slot, which is free again when the pointer is gone. nullptr: none is free.
  std::shared_ptr<const FileBody> hold(std::shared_ptr<const FileBody> file) {
    if (++held_ > max_) {
      --held_;
      return nullptr;
    }
    const auto* body = file.get();
    return {body, [this, file = std::move(file)](const FileBody*) { --held_; }};
  }

 private:
  const std::size_t max_;
  std::atomic<std::size_t> held_{0};
};

}  // namespace feedctl::http
