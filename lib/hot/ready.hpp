#pragma once
// First pages of the hot feed as bytes, for whoever asks without a name: the same for everybody, so
// they are made once and then only sent. Bounded: a few limits, and no page above a mebibyte.
// Thread-safe; its lock is held for moments only, never while a page is made.
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace feedctl::hot {

struct ReadyPage {
  std::string body;  // JSON
  std::string gzip;  // the same compressed; "" where that does not pay
  std::string etag;  // of the plain form, quoted
  std::optional<std::string> next_cursor;
  Time made_at;
  bool stale = false;  // the database cannot be reached: what was shown last
};
using ReadyPtr = std::shared_ptr<const ReadyPage>;

class ReadyPages {
 public:
  using Clock = Deadline::Clock;

  // The current page, or nullptr. In the last third of a page's life one caller gets nullptr, too:
  // it makes the next page while the others are still served this one.
  ReadyPtr find(int limit);
  // The last page, current or not, if it is younger than that.
  ReadyPtr last(int limit, std::chrono::milliseconds age);

  // To be asked before a page is read: keep() does nothing once drop() was called since.
  std::uint64_t ticket() const;
  void keep(std::uint64_t ticket, int limit, ReadyPtr page, Clock::time_point until);
  // Something that must not be shown any more may stand in them.
  void drop();

 private:
  struct Place {
    int limit = 0;  // 0: empty
    ReadyPtr page;
    Clock::time_point made, renew, until;
  };
  Place* place_of(int limit);

  mutable std::mutex mutex_;
  std::uint64_t drops_ = 0;
  std::array<Place, 16> places_;
};

}  // namespace feedctl::hot
