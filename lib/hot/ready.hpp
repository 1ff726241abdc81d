#pragma once
// First pages of the hot feed as bytes, for whoever asks without a name: the same for everybody, so
// they are made once and then only sent. Bounded: the few limits that were read last, and no page
// above a mebibyte.
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

  // How long readers wait for the next page before they are given the last one.
  static constexpr std::chrono::milliseconds patience{100};
  // Where nobody read for that long, the next reader waits like the first: who asked before them
  // asked for a page that was not made.
  static constexpr std::chrono::milliseconds lull{1000};

  struct Found {
    ReadyPtr page;
    bool renew = false;  // the next page is to be made, beside this answer
  };
  // The current page. In the last third of its life one caller is told to renew it, and after that
  // all are: then there is none for as long as the next one may still be waited for, and after that
  // the last page, as stale, if it is younger than `oldest`.
  Found find(int limit, std::chrono::milliseconds oldest);
  // The last page, current or not, if it is younger than that.
  ReadyPtr last(int limit, std::chrono::milliseconds age);
  // The same, marked as stale.
  ReadyPtr stale(int limit, std::chrono::milliseconds age);
  // For somebody who came at `start` and waits: the last page if it was current then, or was begun
  // since.
  ReadyPtr since(int limit, Clock::time_point start);

  // To be asked before a page is read: keep() does nothing once drop() was called since.
  std::uint64_t ticket() const;
  // `from`: when the making of the page began.
  void keep(std::uint64_t ticket, int limit, ReadyPtr page, Clock::time_point from,
            Clock::time_point until);
  // Something that must not be shown any more may stand in them.
  void drop();

 private:
  struct Place {
    int limit = 0;         // 0: empty
    ReadyPtr page, stale;  // `stale` once somebody needed it
    Clock::time_point from, made, renew, until;
    std::optional<Clock::time_point> asked;  // since when somebody should renew it
    Clock::time_point used;                  // by a reader, to a millisecond
  };
  Place* place_of(int limit);
  Place* read(int limit, Clock::time_point now);
  static ReadyPtr stale_of(Place& place);

  mutable std::mutex mutex_;
  std::uint64_t drops_ = 0;
  std::array<Place, 16> places_;
};

}  // namespace feedctl::hot
