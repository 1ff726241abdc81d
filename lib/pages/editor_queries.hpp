#pragma once
// The SQL of pages and contents as editors see and change them, one statement a call. Errors are
// those of the store. Who changes links of a page holds the page's lock. Locks are taken in this
// order: pages by id, then contents.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pages/records.hpp"

namespace feedctl::pages::queries {

// Lists leave the number as it is, as queries::list().
ListPage<PageRow> list_pages(store::Database& database, const ListFilter& filter,
                             std::optional<std::int64_t> number);
ListPage<ContentRecord> list_contents(store::Database& database, const ListFilter& filter,
                                      std::optional<std::int64_t> number);

// `by_label`: of these types all newest contents are found.
struct Suggestions {
  std::string text;
  std::optional<Id> id;
  std::vector<std::string> types, by_label;
  int limit = 0;
};
std::vector<ContentRecord> autocomplete(store::Database& database, const Suggestions& wanted);

std::optional<PageRecord> find_page(store::Database& database, Id id);
std::optional<PageRecord> find_page(store::WriteTx& tx, Id id);
std::optional<ContentRecord> find_content(store::Database& database, Id id);
std::optional<ContentRecord> find_content(store::WriteTx& tx, Id id);

// Locks the row until the transaction ends, and gives its version. nullopt: it does not exist.
std::optional<std::int64_t> lock_page(store::WriteTx& tx, Id id);
std::optional<std::int64_t> lock_content(store::WriteTx& tx, Id id);
// The same, and no link to the content can be made meanwhile.
std::optional<std::int64_t> lock_content_and_links(store::WriteTx& tx, Id id);
void lock_pages(store::WriteTx& tx, const std::vector<Id>& pages);

Id insert_page(store::WriteTx& tx, const std::string& title, State state);
// The version rises.
void update_page(store::WriteTx& tx, Id id, const std::string& title, State state);
void delete_page(store::WriteTx& tx, Id id);

std::optional<Id> page_of_link(store::WriteTx& tx, Id link);
void delete_other_links(store::WriteTx& tx, Id page, const std::vector<Id>& kept);
void move_links(store::WriteTx& tx, const std::vector<Id>& links,
                const std::vector<std::int64_t>& positions);
void insert_links(store::WriteTx& tx, Id page, const std::vector<Id>& contents,
                  const std::vector<std::int64_t>& positions);

// The type of each of the contents that exist. They stay until the transaction ends.
std::map<Id, std::string> hold_contents(store::WriteTx& tx, const std::vector<Id>& contents);

// The bytes of the contents of a page.
std::int64_t size_of_page(store::WriteTx& tx, Id page);

struct NewContent {
  Id id;
  std::int64_t size;  // bytes of its payload
};
NewContent insert_content(store::WriteTx& tx, const std::string& type, const std::string& title,
                          const std::string& payload);
struct SizeChange {
  std::int64_t before, after;  // bytes of the payload
};
// Of a content that is locked. `payload`: a JSON object of members that change, `removed` those
// that go. The version rises.
SizeChange update_content(store::WriteTx& tx, Id id, const std::string& title,
                          const std::string& payload, const std::vector<std::string>& removed);
// The first page that shows the content and whose contents have more bytes than `max`.
std::optional<PageSummary> oversized_page(store::WriteTx& tx, Id content, std::int64_t max);
void delete_content(store::WriteTx& tx, Id id);

// The first pages that show a content, and the number of all.
struct ShowingPages {
  std::vector<PageSummary> pages;
  std::int64_t count = 0;
};
// nullopt: no limit.
ShowingPages pages_of_content(store::Database& database, Id content, std::optional<int> limit);
ShowingPages pages_of_content(store::WriteTx& tx, Id content, std::optional<int> limit);
// Takes a content off these pages, which are locked. Their versions rise.
void unlink_content(store::WriteTx& tx, Id content, const std::vector<Id>& pages);

}  // namespace feedctl::pages::queries
