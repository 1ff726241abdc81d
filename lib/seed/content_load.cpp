#include "seed/content_load.hpp"

#include <map>

#include "pages/content_fields.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

// Those of the fixture, and those that its links join or leave. All are locked by id before the
// first one is written, as editors lock them; else the two could wait for each other.
void lock_pages(store::WriteTx& tx, const ContentFixture& fixture) {
  Ids pages, links;
  for (const auto& page : fixture.pages) pages.push_back(page.id);
  for (const auto& link : fixture.links) {
    pages.push_back(link.page);
    links.push_back(link.id);
  }
  tx.query(sql::seed::content_lock_pages, store::params(pages, links));
}

std::size_t load_pages(store::WriteTx& tx, const ContentFixture& fixture) {
  Ids ids;
  Texts titles, states;
  for (const auto& page : fixture.pages) {
    ids.push_back(page.id);
    titles.push_back(page.title);
    states.push_back(page.state.value_or(""));
  }
  return tx.query(sql::seed::content_pages, store::params(ids, titles, states)).affected();
}

std::size_t load_contents(store::WriteTx& tx, const ContentFixture& fixture) {
  Ids keys, counters;
  Texts types, titles, payloads;
  for (const auto& content : fixture.contents) {
    types.push_back(content.type);
    keys.push_back(content.key);
    titles.push_back(content.title);
    counters.push_back(content.counter);
    payloads.push_back(content.payload);
  }
  return tx.query(sql::seed::content_items, store::params(types, keys, titles, counters, payloads))
      .affected();
}

std::size_t load_links(store::WriteTx& tx, const ContentFixture& fixture,
                       const std::string& source) {
  Ids ids, pages, keys, positions;
  Texts types;
  for (const auto& link : fixture.links) {
    ids.push_back(link.id);
    pages.push_back(link.page);
    types.push_back(link.type);
    keys.push_back(link.key);
    positions.push_back(link.position);
  }
  const auto rows =
      tx.query(sql::seed::content_links, store::params(ids, pages, types, keys, positions));
  const auto row = rows.single_row();
  if (row.is_null(1)) return static_cast<std::size_t>(row.integer(0));
  const auto& link = fixture.links[static_cast<std::size_t>(row.integer(1)) - 1];
  throw_at(source, link.place,
           row.boolean(2) ? "there is no page " + std::to_string(link.page)
                          : "there is no " + link.type + " " + std::to_string(link.key));
}

// The pages that the fixture links, and those that its links leave, each with what it shows. New
// ones are locked now, too: whoever changes links has the page's lock, and gets it before contents.
std::map<Id, std::string> lock_linked_pages(store::WriteTx& tx, const ContentFixture& fixture) {
  Ids ids, pages;
  for (const auto& link : fixture.links) {
    ids.push_back(link.id);
    pages.push_back(link.page);
  }
  std::map<Id, std::string> shown;
  Ids locked;
  for (const auto row : tx.query(sql::seed::content_lock_pages, store::params(pages, ids)))
    locked.push_back(row.integer(0));
  for (const auto row : tx.query(sql::seed::content_shown, store::params(locked)))
    shown.emplace(row.integer(0), row.text(1));
  return shown;
}

// Links of the fixture come first, then those that editors have made. The versions of pages that
// show something else now rise.
void order_links(store::WriteTx& tx, const ContentFixture& fixture,
                 const std::map<Id, std::string>& before) {
  Ids pages, links, changed;
  for (const auto& [page, shown] : before) pages.push_back(page);
  for (const auto& link : fixture.links) links.push_back(link.id);
  tx.query(sql::seed::content_order, store::params(pages, links));
  for (const auto row : tx.query(sql::seed::content_shown, store::params(pages))) {
    if (before.at(row.integer(0)) != row.text(1)) changed.push_back(row.integer(0));
  }
  if (!changed.empty()) tx.query(sql::seed::content_touch_pages, store::params(changed));
}

void check_sizes(store::WriteTx& tx, const ContentFixture& fixture,
                 const std::map<Id, std::string>& linked, const std::string& source) {
  Ids pages;
  for (const auto& [page, shown] : linked) pages.push_back(page);
  const auto rows =
      tx.query(sql::seed::content_oversized_page, store::params(pages, pages::max_page_size));
  if (rows.empty()) return;
  const auto page = rows.single_row().integer(0);
  for (const auto& link : fixture.links) {
    if (link.page != page) continue;
    throw_at(source, link.place,
             "the contents of page " + std::to_string(page) + " have more than " +
                 std::to_string(pages::max_page_size) + " bytes");
  }
}

}  // namespace

ContentReport load_content(store::Database& owner, const ContentFixture& fixture,
                           const std::string& source) {
  auto tx = owner.write();
  ContentReport report;
  lock_pages(tx, fixture);
  report.pages = load_pages(tx, fixture);
  const auto linked = lock_linked_pages(tx, fixture);
  report.contents = load_contents(tx, fixture);
  report.links = load_links(tx, fixture, source);
  order_links(tx, fixture, linked);
  check_sizes(tx, fixture, linked, source);
  tx.query(sql::seed::content_sequences);
  tx.commit();
  return report;
}

bool has_pages(store::Database& database) {
  return database.read(sql::seed::has_pages).single_row().boolean(0);
}

}  // namespace feedctl::seed
