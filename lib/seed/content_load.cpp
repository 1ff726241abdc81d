#include "seed/content_load.hpp"

#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

std::size_t load_pages(store::WriteTx& tx, const ContentFixture& fixture) {
  Ids ids;
  Texts titles;
  for (const auto& page : fixture.pages) {
    ids.push_back(page.id);
    titles.push_back(page.title);
  }
  return tx.query(sql::seed::content_pages, store::params(ids, titles)).affected();
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
  throw_at_object(source, link.object,
                  row.boolean(2) ? "there is no page " + std::to_string(link.page)
                                 : "there is no " + link.type + " " + std::to_string(link.key));
}

}  // namespace

ContentReport load_content(store::Database& owner, const ContentFixture& fixture,
                           const std::string& source) {
  auto tx = owner.write();
  ContentReport report;
  report.pages = load_pages(tx, fixture);
  report.contents = load_contents(tx, fixture);
  report.links = load_links(tx, fixture, source);
  tx.query(sql::seed::content_sequences);
  tx.commit();
  return report;
}

}  // namespace feedctl::seed
