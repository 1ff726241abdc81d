#pragma once
// The ports of sync_protocol.hpp over the real index. Each call that others could observe is a
// step.
#include <functional>
#include <optional>

#include "feed_index/monotonic_reads.hpp"
#include "feed_index/sync_protocol.hpp"
#include "index_model.hpp"

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
  calls_suspended,
  calls_hidden,
};

class IndexModel::RebuiltIndex {
 public:
  RebuiltIndex(const CommandHistory& world, const State& state) : world_(world), state_(state) {}

  feed_index::FeedIndex& index() const {
    if (!index_) replay();
    return *index_;
  }
  // Does it, and writes it down.
  bool run(State& state, const IndexOp& op);

  feed_index::FeedIndex::LoadTicket begin_follows_load() const {
    return index().begin_follows_load(reader_id);
  }

 private:
  void replay() const;
  bool apply(const IndexOp& op) const;

  const CommandHistory& world_;
  const State& state_;
  mutable std::unique_ptr<feed_index::FeedIndex> index_;
};

using IndexStage = CallReplayer<48>;

// feed_index::FeedIndex for the templates of the writer.
class WrittenIndex {
 public:
  WrittenIndex(const CommandHistory& world, IndexModel::State& state,
               IndexModel::RebuiltIndex& live, IndexStage& stage, IndexFault mistake)
      : world_(world), state_(state), live_(live), stage_(stage), mistake_(mistake) {}

  void add(Id post, Id author);
  void remove(Id post, Id author);
  void remove_author(Id user);
  void set_suspended(Id user, bool suspended);
  void set_hidden(Id post, Id author, bool hidden);
  void invalidate_follows(Id user) {
    apply_visible_step({IndexOp::forget, account_number(user), 0, 0, 0, 0, 0, 0});
  }
  void finish_index_load(Id floor, bool holds_all_posts);

 private:
  friend struct IndexModel::Writer;
  static u8 account_number(Id user) { return static_cast<u8>(user - reader_id); }
  static u8 post(Id id) { return static_cast<u8>(CommandHistory::post_of(id)); }
  void apply_visible_step(const IndexOp& op);
  void apply_invisible_step(const IndexOp& op);
  void about_post(IndexOp::Kind kind, Id id, bool more = false);
  bool is_there(Id id) const;

  const CommandHistory& world_;
  IndexModel::State& state_;
  IndexModel::RebuiltIndex& live_;
  IndexStage& stage_;
  IndexFault mistake_;
  Id floor_ = 0;
};

struct IndexModel::Writer {
  Writer(const IndexModel& model, State& state, RebuiltIndex& live);

  WrittenIndex& index() { return index_; }
  std::vector<events::Event> poll();
  bool has_more() const { return upto_ != 0; }
  void publish();
  void throw_if_stopping() {}
  Id choose_floor() const;
  void load_suspended();
  void load_hidden(Id floor);
  void load_posts(Id floor, const std::function<void()>& between_slices);
  bool has_no_posts_below(Id floor);
  bool paused() const { return stage_.paused(); }

  Mask position;
  bool begun;
  bool breaks = false;  // the next statement fails

 private:
  void publish_position(Mask at);
  // The log as a statement sees it.
  CallResult now() const { return breaks ? transient_failure : state_.log; }

  const IndexModel& model_;
  State& state_;
  IndexStage stage_;
  WrittenIndex index_;
  Mask upto_ = 0, given_ = 0;  // of a round
  bool slices_are_in_ = false;
};

struct IndexModel::Loader {
  struct Loaded {
    feed_index::Follows follows;
    events::PgSnapshot snapshot;
  };
  // feed_index::FeedIndex for the template of the loads.
  struct Loading {
    Id floor;
  };

  Loader(const IndexModel& model, State& state, int me, RebuiltIndex& live)
      : model_(model), state_(state), live_(live), stage_(state.loads[me]) {}

  Loader& index() { return *this; }
  bool is_ready() const { return true; }  // else nobody begins
  Loading begin_follows_load(Id user);
  bool holds_all_posts();
  std::size_t count_posts(Id user, const feed_index::Follows& follows, std::size_t max_posts);
  bool install_follows(const Loading& loading, const feed_index::Follows& follows);

  std::optional<Loaded> fetch_follows(Id user);
  void fetch_older(Id user, Id floor, Loaded& loaded);
  bool wait_until_covered(const events::PgSnapshot& snapshot);

  struct RestartLoad {};  // the follows have changed: from its beginning

 private:
  IndexOp set_of(const feed_index::Follows& follows) const;

  const IndexModel& model_;
  State& state_;
  RebuiltIndex& live_;
  CallReplayer<8> stage_;
  feed_index::FeedIndex::LoadTicket noted_{};
  std::size_t sets_ = 0;  // installed before it began
};

}  // namespace feedctl::models
