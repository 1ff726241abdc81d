#include "users/account_search.hpp"

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "http/pagination.hpp"
#include "sql/users.hpp"
#include "users/queries.hpp"

namespace feedctl::users {

namespace {

constexpr int part_column = 11;

void check_search(const std::string& search) {
  if (const auto fault = validate_name(search, max_name_length))
    throw Error(ErrorCode::invalid_argument, "search " + *fault);
}

std::optional<std::string_view> state_of(const std::optional<bool>& is_suspended) {
  if (!is_suspended) return std::nullopt;
  return *is_suspended ? "suspended" : "active";
}

// A place in the results of a search: the part of the list, 1 to 3, and the last account's id.
struct Place {
  int part = 0;
  Id id = 0;
};

// Ids lie below 2^53, so both fit into one number.
Place parse_place(Id before) {
  if (before == http::page_start) return {};
  return {static_cast<int>(before & 3), before >> 2};
}

Id to_number(const Place& place) {
  return place.id << 2 | place.part;
}

store::Result run_search(store::Database& database, const Users::AccountFilter& filter, Id before,
                         int rows) {
  const auto role = filter.role ? std::optional(to_string(*filter.role)) : std::nullopt;
  const auto state = state_of(filter.is_suspended);
  if (filter.search.empty())
    return database.read(sql::users::list_accounts, store::params(before, role, state, rows));
  const auto place = parse_place(before);
  return database.read(sql::users::search_accounts,
                       store::params(filter.search, parse_id(filter.search), role, state,
                                     place.part, place.id, rows));
}

}  // namespace

Users::AccountPage find_accounts(store::Database& database, const Users::AccountFilter& filter,
                                 Id before, int limit) {
  check_search(filter.search);
  const auto rows = run_search(database, filter, before, limit + 1);
  Users::AccountPage page;
  for (const auto row : rows) {
    if (page.accounts.size() == static_cast<std::size_t>(limit)) break;
    page.accounts.push_back(queries::listed_account_from_row(row));
  }
  if (rows.size() <= page.accounts.size()) return page;
  const auto last = page.accounts.back().user.id;
  page.next =
      filter.search.empty()
          ? last
          : to_number(
                {static_cast<int>(rows[page.accounts.size() - 1].integer(part_column)), last});
  return page;
}

}  // namespace feedctl::users
