#pragma once
// What pages of the index are put together from, in memory: posts as JSON with their counts, their
// authors, and what the readers like. Read when first needed, one statement for all who wait; kept
// right by the log; and read again every minute, since not everything that changes a count is in
// the log (a repair is not). A thread of its own reads; readers of what is here wait for nobody.
//
// What a statement has read becomes visible once the index covers its snapshot, together with all
// that the log brought meanwhile and the snapshot had not seen: so counts and likes are exact.
#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "feed/index_keeper.hpp"
#include "feed/parts_kept.hpp"
#include "index/id_cache.hpp"
#include "index/index.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class PageParts : public LogListener {
 public:
  // Waits until the log's thread has passed a snapshot; false: not by then.
  using Await = std::function<bool(const events::Snapshot&, Deadline)>;

  // `database` and what `await` refers to must outlive it.
  PageParts(store::Database& database, std::size_t bytes, Await await);
  ~PageParts() override;
  PageParts(const PageParts&) = delete;
  PageParts& operator=(const PageParts&) = delete;

  // Ends its thread; what `await` refers to is needed no longer.
  void stop();

  void events(std::span<const events::Event> events) override;
  void lost() override;

  // -- readers
  static constexpr std::size_t page_most = 100;

  // The parts of one page, good for as long as it lives: not for long.
  class View {
   public:
    // At most page_most items.
    View(PageParts& parts, Id user, std::span<const index::Item> items);
    bool whole() const { return whole_; }           // nothing is missing
    std::string tag(std::optional<Id> next) const;  // see page_tag.hpp
    void append_array(std::string& out) const;

   private:
    struct Piece {
      const Body* body;
      const Byline* author;
      std::int64_t likes;
      bool liked;
    };
    index::Epochs::Pin pin_;
    std::array<Piece, page_most> pieces_;
    std::size_t count_ = 0;
    bool whole_ = true;
  };

  // Reads what the page lacks; throws nothing: what could not be read stays missing.
  void load(Id user, std::span<const index::Item> items, Deadline deadline);

  struct Size {
    std::size_t posts = 0, authors = 0, readers = 0, bytes = 0;
  };
  Size size() const;

 private:
  struct Wanted {
    std::unordered_set<Id> posts, readers;
    bool empty() const { return posts.empty() && readers.empty(); }
  };
  struct Loaded;

  Wanted lacking(Id user, std::span<const index::Item> items) const;
  void run();
  void round(const Wanted& wanted);
  Loaded read(const Wanted& wanted);
  void install(Loaded& loaded);
  void apply_late(Loaded& loaded) const;
  void apply(const events::Event& event);
  void relike(Id user, Id post, bool likes);
  void read_again(const Body& body);
  void report() const;

  store::Database& database_;
  const Await await_;
  mutable index::Epochs epochs_;
  index::IdCache<Body> bodies_;
  index::IdCache<Byline> authors_;
  index::IdCache<LikeSet> likes_;

  std::mutex order_;  // between the log's thread and the installing of what was read
  bool reading_ = false;
  bool void_ = false;  // what is being read now comes to nothing
  std::vector<events::Event> meanwhile_;

  std::mutex mutex_;
  std::condition_variable asked_, done_;
  Wanted wanted_;
  std::unordered_set<Id> again_;  // posts that are here, but were read a while ago
  std::uint64_t round_ = 0, finished_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::feed
