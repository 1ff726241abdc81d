#pragma once
// The home feed of a user: the living posts of the accounts they follow and their own, newest
// first. The definition (feed/definition) answers every page; the read model (feed/read_model)
// first pages of users for whom rows are kept, with their first rows from the cache (feed/list)
// where it has them. Thread-safe.
#include <optional>

#include "base/ids.hpp"
#include "feed/activation.hpp"
#include "feed/definition.hpp"
#include "feed/list.hpp"
#include "feed/options.hpp"
#include "feed/read_model.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class Feed {
 public:
  // `database`, and `cache` where there is one, must outlive it.
  explicit Feed(store::Database& database, Options options = {}, cache::Cache* cache = nullptr);

  // At most `limit` posts below id `before` (posts::newest for the first page), with authors,
  // counts and `liked` by the user. `min`: at least what that token saw. Error(not_found) where
  // they are no living user, Error(invalid_argument) for a token that this database's commits do
  // not reach. Whatever answers faster than the definition is chosen here and must give the same
  // page, but for events that the workers have not come to.
  Read read(Id user, Id before, int limit, const std::optional<events::Token>& min = {});
  posts::Page page(Id user, Id before, int limit) { return read(user, before, limit).page; }
  // The same by the definition alone.
  Read define(Id user, Id before, int limit, const std::optional<events::Token>& min = {});

  // The user has followed or unfollowed somebody, after the commit: for ten seconds they are
  // answered by the definition, so that they see what they did before the workers have come to it.
  void note_change(Id user) {
    changed_.note(user);
    lists_.drop({user});
  }

 private:
  Read first_page(Id user, int limit);
  RowsRead rows(Id user, int limit);

  store::Database& database_;
  const Options options_;
  Activation activation_;
  Lists lists_;
  Recent changed_;
};

}  // namespace feedctl::feed
