#pragma once
// The model of one process's feed index beside the log. The writer runs feed_index::load_index and
// catch_up, loads run feed_index::load_follows, and readers read. All run over the real index,
// which each step rebuilds from the operations so far. A state is a plain value.
#include <memory>
#include <string>

#include "command_history.hpp"
#include "feed_index/feed_index.hpp"
#include "models/call_replay.hpp"
#include "models/model_checker.hpp"

namespace feedctl::models {

enum class IndexFault : u8 {
  none,
  no_generation,        // what was loaded is installed whatever has changed
  generation_late,      // the generation is noted after the load's snapshot
  position_late,        // the log is followed from where the load has ended
  position_early,       // published before it is applied
  not_sticky,           // a removal of what is not there yet is forgotten
  token_by_order,       // a position covers what lies below its end
  served_early,         // installed before a publication covers the load
  middle_of_round,      // published after each slice of a round
  floor_unseen,         // what was loaded from below an older floor stays
  below_unseen,         // changes below the floor do not have it loaded again
  always_whole,         // what is not in memory is taken for nothing
  older_unawaited,      // only the follows' snapshot is waited for
  leaver_in_memory,     // of somebody who leaves, only posts in memory go
  definition_unnoted,   // the index may show less than the definition has
  below_late_unseen,    // "nothing below" is not taken back
  suspended_unread,     // at the start nobody asks who is suspended
  suspended_forgotten,  // a suspended author's posts leave memory
  hidden_unread,        // at the start nobody asks which posts are hidden
  hidden_forgotten,     // a hidden post leaves memory
  hidden_below,         // a post is hidden below the floor, and no set is loaded again
  unhidden_below,       // a post is shown again below the floor, and no set is loaded again
  log_begun_anew,       // whose start broke off follows the log from now, over what it has
  replaced_by_install,  // of two loads at once both are installed: must do no harm
};

// What was done to the index.
struct IndexOp {
  enum Kind : u8 {
    none,
    add,
    remove,
    remove_author,
    forget,
    publish,
    complete,
    raise,
    sweep,
    set,
    suspend,
    hide
  };
  Kind kind;
  u8 what;        // post, account, floor; of publish the lower byte of the mask
  u8 more;        // holds_all_posts; suspended; hidden; the mask's upper byte
  u8 follows;     // of set: authors,
  u8 older;       // posts below the floor,
  u8 whole;       // and of what it knows of itself: whole,
  u8 generation;  // and of feed_index::FeedIndex::LoadTicket
  u8 floors_below;
};

class IndexModel {
 public:
  static constexpr int max_ops = 48, max_loads = 2;
  struct State {
    Mask log, position, published;
    Mask shown;    // to the reader by the definition
    Mask noted;    // of that
    Mask reading;  // by a page of the definition that is on its way, with its highest bit
    u8 ops, begun, filled, anew, sweeps, raised;
    u8 asks;  // a page waits for a load
    u8 breaks;
    IndexOp done[max_ops];
    RecordedCalls<48> writer;
    RecordedCalls<8> loads[max_loads];
  };

  explicit IndexModel(IndexConfig config, IndexFault mistake = IndexFault::none);

  State begin() const;
  void choices(const State& state, Choices& out) const;
  std::string step(State& state, Choice choice) const;
  std::string at_rest(const State& state) const;
  std::string name(const State& state, Choice choice) const;

  // The index at which the actors of one step work.
  class RebuiltIndex;
  struct Writer;
  struct Loader;

 private:
  void write(State& state, RebuiltIndex& live, bool breaks = false) const;
  bool may_break(const State& state) const;
  void load(State& state, int me, RebuiltIndex& live) const;
  std::string act(State& state, Choice choice) const;
  bool covered(const State& state, int me) const;
  Mask awaited(const RecordedCalls<8>& script) const;
  std::string check_invariants(State& state, const feed_index::FeedIndex& index) const;
  std::string check_disturbed_reads(const State& state) const;
  std::string check_disturbed_read(const State& state, int moment, int how, Id before,
                                   bool& met) const;
  void apply_disturbance(State& state, RebuiltIndex& live, int how) const;
  Mask waited_for(const State& state, const feed_index::FeedIndex& index) const;
  std::string page_wrong(State& state, const feed_index::FeedIndex& index, Id before) const;
  bool covers(const feed_index::FeedIndex& index, const events::ConsistencyToken& token) const;

  IndexConfig config_;
  CommandHistory world_;
  IndexFault mistake_;
};

}  // namespace feedctl::models
