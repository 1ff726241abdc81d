#pragma once
// The posts in memory that moderators have hidden, as one immutable list for each publication.
// Readers of a publication read its list, so they need neither a lock nor a retry. A change copies
// the list, which is short. Only the writer uses this class.
#include <map>
#include <memory>
#include <vector>

#include "base/ids.hpp"

namespace feedctl::feed_index {

class HiddenPosts {
 public:
  using List = std::shared_ptr<const std::vector<Id>>;  // ascending

  // The last call for a post counts.
  void set(Id post, bool hidden);
  // The list of the next publication, if it has changed without posts below `floor`.
  const List& publish(Id floor);

 private:
  List published_ = std::make_shared<const std::vector<Id>>();
  std::map<Id, bool> unpublished_;
};

}  // namespace feedctl::feed_index
