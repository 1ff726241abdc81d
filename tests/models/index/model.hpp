#pragma once
// One process's feed index beside the log: the writer runs index::fill and index::catch_up, loads
// run index::load, readers look, all of it over the real index, which is made anew for each step
// from what was done to it. A state is a plain value.
#include <memory>
#include <string>

#include "index/index.hpp"
#include "models/explore.hpp"
#include "models/script.hpp"
#include "world.hpp"

namespace feedctl::models {

enum class IndexMistake : u8 {
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
  log_begun_anew,       // whose start broke off follows the log from now, over what it has
  replaced_by_install,  // of two loads at once both are installed: must do no harm
};

// What was done to the index.
struct IndexOp {
  enum Kind : u8 { none, add, remove, remove_author, forget, publish, complete, raise, sweep, set };
  Kind kind;
  u8 what;        // post, account, floor; of publish the lower byte of the mask
  u8 more;        // nothing_below; the mask's upper byte
  u8 follows;     // of set: authors,
  u8 older;       // posts below the floor,
  u8 whole;       // and of what it knows of itself: whole,
  u8 generation;  // and of index::Loading
  u8 floors_below;
};

class IndexModel {
 public:
  static constexpr int most_ops = 48, most_loads = 2;
  struct State {
    Mask log, position, published;
    Mask shown;    // to the reader by the definition
    Mask noted;    // of that
    Mask reading;  // by a page of the definition that is on its way, with its highest bit
    u8 ops, begun, filled, anew, sweeps, raised;
    u8 asks;  // a page waits for a load
    u8 breaks;
    IndexOp done[most_ops];
    Script<48> writer;
    Script<8> loads[most_loads];
  };

  explicit IndexModel(IndexConfig config, IndexMistake mistake = IndexMistake::none);

  State begin() const;
  void choices(const State& state, Choices& out) const;
  std::string step(State& state, Choice choice) const;
  std::string at_rest(const State& state) const;
  std::string name(const State& state, Choice choice) const;

  // The index at which the actors of one step work.
  class Live;
  struct Writer;
  struct Loader;

 private:
  void write(State& state, Live& live, bool breaks = false) const;
  bool may_break(const State& state) const;
  void load(State& state, int me, Live& live) const;
  std::string act(State& state, Choice choice) const;
  bool covered(const State& state, int me) const;
  Mask awaited(const Script<8>& script) const;
  std::string promised(State& state, const index::Index& index) const;
  std::string disturbed(const State& state) const;
  std::string disturbed_at(const State& state, int moment, int how, Id before, bool& met) const;
  void disturb(State& state, Live& live, int how) const;
  Mask waited_for(const State& state, const index::Index& index) const;
  std::string page_wrong(State& state, const index::Index& index, Id before) const;
  bool covers(const index::Index& index, const events::Token& token) const;

  IndexConfig config_;
  IndexWorld world_;
  IndexMistake mistake_;
};

}  // namespace feedctl::models
