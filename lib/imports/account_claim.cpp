#include "imports/account_claim.hpp"

#include <algorithm>
#include <set>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "imports/handle_names.hpp"
#include "sql/imports.hpp"
#include "users/users.hpp"

namespace feedctl::imports {

namespace {

constexpr int max_attempts = 10;  // others may take a handle meanwhile

std::string describe(const ImportedAccount& account) {
  return account.network + " account " + account.external_id;
}

std::string usable_name(const ImportedAccount& account) {
  return validate_name(account.name, users::max_name_length) ? std::string() : account.name;
}

std::optional<AccountUser> first_user(const store::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return AccountUser{rows[0].integer(0), std::string(rows[0].text(1))};
}

std::string first_free(const std::vector<std::string>& candidates, const store::Result& taken) {
  std::set<std::string, std::less<>> names;
  for (const auto row : taken) names.emplace(row.text(0));
  const auto is_free = [&](const auto& name) { return names.count(name) == 0; };
  const auto free = std::find_if(candidates.begin(), candidates.end(), is_free);
  if (free != candidates.end()) return *free;
  throw Error(ErrorCode::failed, "all handles like @" + candidates.front() + " are taken")
      .with_hint("choose one: --as HANDLE");
}

std::optional<AccountUser> add_user(store::WriteTx& tx, const ImportedAccount& account,
                                    const std::string& handle) {
  std::optional<std::int64_t> created_us;
  if (account.created_at) created_us = unix_us(*account.created_at);
  const auto added =
      tx.query(sql::imports::add_user, store::params(handle, usable_name(account), created_us));
  if (added.empty()) return std::nullopt;
  return AccountUser{added[0].integer(0), handle};
}

std::optional<AccountUser> find_or_add_named(store::WriteTx& tx, const ImportedAccount& account,
                                             const std::string& handle) {
  const auto found = tx.query(sql::imports::find_user, store::params(handle));
  if (!found.empty()) return AccountUser{found[0].integer(0), handle};
  return add_user(tx, account, handle);
}

std::optional<AccountUser> add_with_free_handle(store::WriteTx& tx,
                                                const ImportedAccount& account) {
  const auto candidates = handle_candidates(account.handle, account.network);
  const auto taken = tx.query(sql::imports::taken_handles, store::params(candidates));
  return add_user(tx, account, first_free(candidates, taken));
}

void check_same_user(const ImportedAccount& account, const AccountUser& user,
                     const std::optional<std::string>& as_handle) {
  if (!as_handle || *as_handle == user.handle) return;
  throw Error(ErrorCode::bad_data,
              "the " + describe(account) + " was imported as @" + user.handle + " before")
      .with_hint("leave --as out, or delete that user first");
}

// nullopt: another process took the handle meanwhile.
std::optional<AccountUser> try_claim(store::Database& database, const ImportedAccount& account,
                                     const std::optional<std::string>& as_handle) {
  auto tx = database.write();
  tx.query(sql::imports::lock,
           store::params("account:" + account.network + ":" + account.external_id));
  const auto key = store::params(account.network, account.external_id);
  if (auto user = first_user(tx.query(sql::imports::find_account, key))) {
    check_same_user(account, *user, as_handle);
    return user;
  }
  auto user =
      as_handle ? find_or_add_named(tx, account, *as_handle) : add_with_free_handle(tx, account);
  if (!user) return std::nullopt;
  tx.query(sql::imports::set_account,
           store::params(account.network, account.external_id, user->id));
  tx.commit();
  return user;
}

}  // namespace

void check_account(const ImportedAccount& account) {
  if (!account.external_id.empty() && account.external_id.size() <= max_external_id_bytes &&
      !validate_name(account.external_id, max_external_id_bytes))
    return;
  throw Error(ErrorCode::bad_data, "the " + account.network + " archive names no usable account")
      .with_hint("download the archive again");
}

std::optional<AccountUser> find_account_user(store::Database& database,
                                             const ImportedAccount& account) {
  return first_user(database.read(sql::imports::find_account,
                                  store::params(account.network, account.external_id)));
}

AccountUser claim_account_user(store::Database& database, const ImportedAccount& account,
                               const std::optional<std::string>& as_handle) {
  check_account(account);
  if (as_handle) check_as_handle(*as_handle);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    if (auto user = try_claim(database, account, as_handle)) return *user;
  }
  throw Error(ErrorCode::unavailable, "others take the handles for the " + describe(account))
      .with_hint("run the import again");
}

void check_as_handle(const std::string& as_handle) {
  if (is_valid_handle(as_handle)) return;
  throw Error(ErrorCode::usage, "--as: not a handle: " + as_handle)
      .with_hint("a handle is 1 to 32 characters of lowercase letters, digits and underscores");
}

std::string find_free_handle(store::Database& database, const ImportedAccount& account) {
  const auto candidates = handle_candidates(account.handle, account.network);
  return first_free(candidates,
                    database.read(sql::imports::taken_handles, store::params(candidates)));
}

}  // namespace feedctl::imports
