#pragma once
// The bulkhead pattern: bounds the requests of each load class that run at once. A class and all
// below it share a part of the threads. So slow writes leave threads for reads, and slow reads
// leave threads for cached answers. The HandlerPool owns it. Not thread-safe.
#include <array>
#include <cstddef>

#include "http/router.hpp"
#include "http_server/limits.hpp"

namespace feedctl::http {

class Bulkheads {
 public:
  static constexpr std::size_t class_count = 4;  // cached, read, write, upload
  static std::size_t class_index(LoadClass load_class);

  Bulkheads(int threads, const Limits& limits);

  bool has_room(std::size_t index) const {
    for (std::size_t i = 0; i <= index; ++i) {
      if (in_use_[i] >= max_[i]) return false;
    }
    return true;
  }
  void enter(std::size_t index) {
    for (std::size_t i = 0; i <= index; ++i) ++in_use_[i];
  }
  void leave(std::size_t index) {
    for (std::size_t i = 0; i <= index; ++i) --in_use_[i];
  }

 private:
  std::array<std::size_t, class_count> max_{};
  std::array<std::size_t, class_count> in_use_{};  // of the class and those below it
};

}  // namespace feedctl::http
