#pragma once
// What people do, as the database and its log have it: a handful of commands, each committed at one
// moment with its event. A moment is the set of the commands committed by then, as bits; events
// have the order of their bits, whatever order they are committed in. Account 1 reads.
#include <cstdint>
#include <vector>

#include "events/events.hpp"

namespace feedctl::models {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using Mask = std::uint32_t;

struct IndexConfig {
  const char* name;
  std::vector<u8> author_of = {};         // the posts, by ascending id; 0: the reader
  u8 authors = 1;                         // besides the reader
  u8 live = 0, follows = 0;               // at first: posts, authors
  int toggles = 0;                        // commands of the reader on each author
  u8 deletes = 0, account_deletions = 0;  // posts that may be deleted, accounts that may be removed
  u8 suspensions = 0;                     // accounts that may be suspended, and then reinstated
  u8 hides = 0;                           // posts that may be hidden, and then shown again
  int loads = 1;                          // loads at once
  int batch = 9;                          // events a poll brings
  int slices = 0;                         // of the start; 0: it is behind us
  int outages = 0;                        // times that the database goes away during the start
  bool log_advances_during_slice =
      false;                  // the log goes on between a slice's snapshot and its arrival
  int floor = 0, raised = 0;  // the post at the floor, and after it was raised; 0: never
  int sweeps = 0;
  bool has_disturbances = false;     // others go on in the middle of reading a page
  bool uses_defining_query = false;  // pages come from the definition too
  std::size_t page = 2;
};

inline constexpr Id reader_id = 1;

class CommandHistory {
 public:
  struct ExpectedState {
    u8 follows = 0;           // authors
    u8 live = 0;              // posts of living authors
    u8 deleted_accounts = 0;  // accounts
    u8 suspended = 0;         // accounts
    u8 hidden_posts = 0;      // also deleted ones
    u8 hidden() const { return static_cast<u8>(deleted_accounts | suspended); }
  };

  explicit CommandHistory(const IndexConfig& config);

  int events() const { return static_cast<int>(events_.size()); }
  events::Event event(int bit) const;
  bool may_commit(Mask now, int bit) const;
  ExpectedState expected_state(Mask at) const;
  // The definition: at most `limit` posts below `before`, newest first.
  std::vector<Id> feed(Mask at, Id before, std::size_t limit) const;
  // Whether a post, living or not, stands below the floor.
  bool anything_below(Mask at, Id floor) const;

  static events::PgSnapshot snapshot(Mask at);
  static Mask seen_by(const events::PgSnapshot& snapshot);
  static events::TransactionId xid(int bit) { return first_xid + static_cast<Mask>(bit); }

  static Id post_id(int post) { return 10 * (post + 1); }
  static int post_of(Id id) { return static_cast<int>(id / 10) - 1; }
  static Id account(int who) { return reader_id + who; }
  int posts() const { return static_cast<int>(config_.author_of.size()); }
  Id author_of(int post) const {
    return account(config_.author_of[static_cast<std::size_t>(post)]);
  }

 private:
  static constexpr events::TransactionId first_xid = 100;
  struct Command {
    events::Type type;
    u8 about;    // author, post or account
    Mask after;  // commands that must have been committed
  };

  bool is_deleted(Mask now, u8 post) const;

  const IndexConfig& config_;
  std::vector<Command> events_;
};

}  // namespace feedctl::models
