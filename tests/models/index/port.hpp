#pragma once
// The real index behind the templates' ports: each call that others could notice is a step.
#include <functional>
#include <optional>

#include "feed/shown.hpp"
#include "index/keeping.hpp"
#include "model.hpp"

namespace feedctl::models {

enum IndexCall : u8 {
  calls_none,
  calls_poll,
  calls_slice,
  calls_arrive,
  calls_below,
  calls_apply,
  calls_publish,
  calls_complete,
  calls_begin,
  calls_follows,
  calls_older,
  calls_await,
  calls_install,
  calls_count,
  calls_generation,
};

class IndexModel::Live {
 public:
  Live(const IndexWorld& world, const State& state) : world_(world), state_(state) {}

  index::Index& index() const {
    if (!index_) replay();
    return *index_;
  }
  // Does it, and writes it down.
  bool run(State& state, const IndexOp& op);

  index::Index::Loading begin_load() const { return index().begin_load(reader_id); }

 private:
  void replay() const;
  bool carry_out(const IndexOp& op) const;

  const IndexWorld& world_;
  const State& state_;
  mutable std::unique_ptr<index::Index> index_;
};

using IndexStage = Stage<48>;

// index::Index for the templates of the writer.
class WrittenIndex {
 public:
  WrittenIndex(const IndexWorld& world, IndexModel::State& state, IndexModel::Live& live,
               IndexStage& stage, IndexMistake mistake)
      : world_(world), state_(state), live_(live), stage_(stage), mistake_(mistake) {}

  void add(Id post, Id author);
  void remove(Id post, Id author);
  void remove_author(Id user);
  void forget_follows(Id user) { noticed({IndexOp::forget, who(user), 0, 0, 0, 0, 0, 0}); }
  void complete(Id floor, bool nothing_below);

 private:
  friend struct IndexModel::Writer;
  static u8 who(Id user) { return static_cast<u8>(user - reader_id); }
  static u8 post(Id id) { return static_cast<u8>(IndexWorld::post_of(id)); }
  void noticed(const IndexOp& op);
  void unnoticed(const IndexOp& op);
  void about_post(IndexOp::Kind kind, Id id);
  bool is_there(Id id) const;

  const IndexWorld& world_;
  IndexModel::State& state_;
  IndexModel::Live& live_;
  IndexStage& stage_;
  IndexMistake mistake_;
  Id floor_ = 0;
};

struct IndexModel::Writer {
  Writer(const IndexModel& model, State& state, Live& live);

  WrittenIndex& index() { return index_; }
  std::vector<events::Event> poll();
  bool more() const { return upto_ != 0; }
  void publish();
  void go_on() {}
  Id choose_floor() const;
  void load_posts(Id floor, const std::function<void()>& between);
  bool is_nothing_below(Id floor);
  bool paused() const { return stage_.paused(); }

  Mask position;
  bool begun;
  bool breaks = false;  // the next statement fails

 private:
  void put_out(Mask at);
  // The log as a statement sees it.
  Answer now() const { return breaks ? says_transient : state_.log; }

  const IndexModel& model_;
  State& state_;
  IndexStage stage_;
  WrittenIndex index_;
  Mask upto_ = 0, given_ = 0;  // of a round
  bool slices_are_in_ = false;
};

struct IndexModel::Loader {
  struct Loaded {
    index::Follows follows;
    events::Snapshot snapshot;
  };
  // index::Index for the template of the loads.
  struct Loading {
    Id floor;
  };

  Loader(const IndexModel& model, State& state, int me, Live& live)
      : model_(model), state_(state), live_(live), stage_(state.loads[me]) {}

  Loader& index() { return *this; }
  bool ready() const { return true; }  // else nobody begins
  Loading begin_load(Id user);
  bool nothing_below();
  std::size_t count(Id user, const index::Follows& follows, std::size_t most);
  bool install(const Loading& loading, const index::Follows& follows);

  std::optional<Loaded> follows(Id user);
  void older(Id user, Id floor, Loaded& loaded);
  bool await(const events::Snapshot& shown);

  struct Again {};  // the follows have changed: from its beginning

 private:
  IndexOp set_of(const index::Follows& follows) const;

  const IndexModel& model_;
  State& state_;
  Live& live_;
  Stage<8> stage_;
  index::Index::Loading noted_{};
  std::size_t sets_ = 0;  // installed before it began
};

}  // namespace feedctl::models
