#include "feed/definition.hpp"

#include "sql/feed.hpp"

namespace feedctl::feed {

Read read_of(const store::Result& rows, int limit) {
  Read read{{}, events::snapshot_of(rows.only().text(9))};
  if (!rows.only().null(0)) read.page = posts::page_of(rows, limit);
  return read;
}

Read read_at(store::Database& database, Id user, Id before, int limit) {
  // One more than asked for tells whether there is a next page.
  return read_of(database.read(sql::feed::definition, store::params(user, before, limit + 1)),
                 limit);
}

posts::Page read_definition(store::Database& database, Id user, Id before, int limit) {
  return read_at(database, user, before, limit).page;
}

}  // namespace feedctl::feed
