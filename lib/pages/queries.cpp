#include "pages/queries.hpp"

#include "base/error.hpp"
#include "sql/pages.hpp"

namespace feedctl::pages::queries {

ListPage<PageSummary> list(store::Database& database, std::optional<std::int64_t> number) {
  const auto rows = database.read(sql::pages::list, store::params(number, page_size));
  ListPage<PageSummary> list;
  list.position.count = rows.single_row().integer(0);
  for (const auto row : rows) {
    if (!row.is_null(1)) list.items.push_back({row.integer(1), std::string(row.text(2))});
  }
  return list;
}

std::optional<Page> get(store::Database& database, const ContentTypes& types, Id id) {
  const auto rows = database.read(sql::pages::get, store::params(id));
  if (rows.empty()) return std::nullopt;
  Page page{id, std::string(rows.single_row().text(0)), {}};
  for (const auto row : rows) {
    const auto* type = row.is_null(1) ? nullptr : types.find(row.text(2));
    if (type == nullptr) continue;
    page.contents.push_back({row.integer(1), type, std::string(row.text(3)), row.integer(4),
                             parse_payload(row.text(5))});
  }
  return page;
}

json::Value parse_payload(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::internal, "a content's payload cannot be read")
        .with_detail(error.what());
  }
}

}  // namespace feedctl::pages::queries
