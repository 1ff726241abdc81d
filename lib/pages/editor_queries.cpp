#include "pages/editor_queries.hpp"

#include "base/error.hpp"
#include "pages/queries.hpp"
#include "sql/pages.hpp"

namespace feedctl::pages::queries {

namespace {

// Columns: id, type, title, counter, version, updated_at, payload.
ContentRecord content_at(const store::Row& row, int first) {
  ContentRecord content;
  content.id = row.integer(first);
  content.type = row.text(first + 1);
  content.title = row.text(first + 2);
  content.counter = row.integer(first + 3);
  content.version = row.integer(first + 4);
  content.updated_at = row.time(first + 5);
  content.payload = parse_payload(row.text(first + 6));
  return content;
}

State state_at(const store::Row& row, int column) {
  const auto state = parse_state(row.text(column));
  if (!state) throw Error(ErrorCode::internal, "a page has an unknown state");
  return *state;
}

store::Params list_params(const ListFilter& filter, std::optional<std::int64_t> number) {
  return store::params(filter.search, filter.id, filter.kind, number, page_size);
}

std::optional<PageRecord> page_of(const store::Result& rows, Id id) {
  if (rows.empty()) return std::nullopt;
  const auto first = rows.single_row();
  PageRecord page{id,
                  std::string(first.text(0)),
                  state_at(first, 1),
                  first.integer(2),
                  first.time(3),
                  first.time(4),
                  {}};
  for (const auto row : rows) {
    if (!row.is_null(5)) page.links.push_back({row.integer(5), content_at(row, 6)});
  }
  return page;
}

std::optional<ContentRecord> content_of(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return content_at(rows.single_row(), 0);
}

std::optional<std::int64_t> first_integer(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return rows.single_row().integer(0);
}

ShowingPages showing_pages(const store::Result& rows) {
  ShowingPages showing;
  for (const auto row : rows) {
    showing.pages.push_back({row.integer(0), std::string(row.text(1))});
    showing.count = row.integer(2);
  }
  return showing;
}

}  // namespace

ListPage<PageRow> list_pages(store::Database& database, const ListFilter& filter,
                             std::optional<std::int64_t> number) {
  const auto rows = database.read(sql::pages::admin_page_list, list_params(filter, number));
  ListPage<PageRow> list;
  list.position.count = rows.single_row().integer(0);
  for (const auto row : rows) {
    if (row.is_null(1)) continue;
    list.items.push_back({row.integer(1), std::string(row.text(2)), state_at(row, 3),
                          row.integer(4), row.integer(5), row.time(6)});
  }
  return list;
}

ListPage<ContentRecord> list_contents(store::Database& database, const ListFilter& filter,
                                      std::optional<std::int64_t> number) {
  const auto rows = database.read(sql::pages::admin_content_list, list_params(filter, number));
  ListPage<ContentRecord> list;
  list.position.count = rows.single_row().integer(0);
  for (const auto row : rows) {
    if (!row.is_null(1)) list.items.push_back(content_at(row, 1));
  }
  return list;
}

std::vector<ContentRecord> autocomplete(store::Database& database, const Suggestions& wanted) {
  const auto rows = database.read(
      sql::pages::autocomplete,
      store::params(wanted.text, wanted.id, wanted.types, wanted.limit, wanted.by_label));
  std::vector<ContentRecord> found;
  for (const auto row : rows) {
    ContentRecord content;
    content.id = row.integer(0);
    content.type = row.text(1);
    content.title = row.text(2);
    found.push_back(std::move(content));
  }
  return found;
}

std::optional<PageRecord> find_page(store::Database& database, Id id) {
  return page_of(database.read(sql::pages::admin_page_get, store::params(id)), id);
}
std::optional<PageRecord> find_page(store::WriteTx& tx, Id id) {
  return page_of(tx.query(sql::pages::admin_page_get, store::params(id)), id);
}
std::optional<ContentRecord> find_content(store::Database& database, Id id) {
  return content_of(database.read(sql::pages::admin_content_get, store::params(id)));
}
std::optional<ContentRecord> find_content(store::WriteTx& tx, Id id) {
  return content_of(tx.query(sql::pages::admin_content_get, store::params(id)));
}

std::optional<std::int64_t> lock_page(store::WriteTx& tx, Id id) {
  return first_integer(tx.query(sql::pages::admin_page_lock, store::params(id)));
}
std::optional<std::int64_t> lock_content(store::WriteTx& tx, Id id) {
  return first_integer(tx.query(sql::pages::admin_content_lock, store::params(id)));
}
std::optional<std::int64_t> lock_content_and_links(store::WriteTx& tx, Id id) {
  return first_integer(tx.query(sql::pages::admin_content_lock_links, store::params(id)));
}
void lock_pages(store::WriteTx& tx, const std::vector<Id>& pages) {
  tx.query(sql::pages::admin_pages_lock, store::params(pages));
}

Id insert_page(store::WriteTx& tx, const std::string& title, State state) {
  return tx.query(sql::pages::admin_page_insert, store::params(title, to_string(state)))
      .single_row()
      .integer(0);
}
void update_page(store::WriteTx& tx, Id id, const std::string& title, State state) {
  tx.query(sql::pages::admin_page_update, store::params(id, title, to_string(state)));
}
void delete_page(store::WriteTx& tx, Id id) {
  tx.query(sql::pages::admin_page_delete, store::params(id));
}

std::optional<Id> page_of_link(store::WriteTx& tx, Id link) {
  return first_integer(tx.query(sql::pages::admin_link_page, store::params(link)));
}
void delete_other_links(store::WriteTx& tx, Id page, const std::vector<Id>& kept) {
  tx.query(sql::pages::admin_links_delete, store::params(page, kept));
}
void move_links(store::WriteTx& tx, const std::vector<Id>& links,
                const std::vector<std::int64_t>& positions) {
  tx.query(sql::pages::admin_links_move, store::params(links, positions));
}
void insert_links(store::WriteTx& tx, Id page, const std::vector<Id>& contents,
                  const std::vector<std::int64_t>& positions) {
  tx.query(sql::pages::admin_links_insert, store::params(page, contents, positions));
}

std::map<Id, std::string> hold_contents(store::WriteTx& tx, const std::vector<Id>& contents) {
  std::map<Id, std::string> types;
  for (const auto row : tx.query(sql::pages::admin_contents_hold, store::params(contents)))
    types.emplace(row.integer(0), row.text(1));
  return types;
}

std::int64_t size_of_page(store::WriteTx& tx, Id page) {
  return tx.query(sql::pages::admin_page_size, store::params(page)).single_row().integer(0);
}

NewContent insert_content(store::WriteTx& tx, const std::string& type, const std::string& title,
                          const std::string& payload) {
  const auto rows = tx.query(sql::pages::admin_content_insert, store::params(type, title, payload));
  const auto row = rows.single_row();
  return {row.integer(0), row.integer(1)};
}
SizeChange update_content(store::WriteTx& tx, Id id, const std::string& title,
                          const std::string& payload, const std::vector<std::string>& removed) {
  const auto rows =
      tx.query(sql::pages::admin_content_update, store::params(id, title, payload, removed));
  const auto row = rows.single_row();
  return {row.integer(0), row.integer(1)};
}
std::optional<PageSummary> oversized_page(store::WriteTx& tx, Id content, std::int64_t max) {
  const auto rows = tx.query(sql::pages::admin_content_oversized_page, store::params(content, max));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  return PageSummary{row.integer(0), std::string(row.text(1))};
}
void delete_content(store::WriteTx& tx, Id id) {
  tx.query(sql::pages::admin_content_delete, store::params(id));
}

ShowingPages pages_of_content(store::Database& database, Id content, std::optional<int> limit) {
  return showing_pages(
      database.read(sql::pages::admin_content_pages, store::params(content, limit)));
}
ShowingPages pages_of_content(store::WriteTx& tx, Id content, std::optional<int> limit) {
  return showing_pages(tx.query(sql::pages::admin_content_pages, store::params(content, limit)));
}
void unlink_content(store::WriteTx& tx, Id content, const std::vector<Id>& pages) {
  tx.query(sql::pages::admin_content_unlink, store::params(content, pages));
}

}  // namespace feedctl::pages::queries
