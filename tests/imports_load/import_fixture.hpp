#pragma once
// Accounts and posts of a network that tests import, and what must hold of the database afterwards.
#include <string>
#include <vector>

#include "imports/import_load.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

namespace feedctl::test {

inline store::Options owner_of(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.owner_url();
  options.application_name = "feedctl.seed";
  return options;
}

// "@name" with the id "id-name".
imports::ImportedAccount account_of(const std::string& name);

// `count` posts a minute apart, the newest first, as archives have them; every other one before
// 2025. Their ids are "from" and up.
std::vector<imports::ImportedPost> posts_of(int count, int from = 0);

imports::ImportReport import_account(store::Database& database, const std::string& name,
                                     const std::vector<imports::ImportedPost>& posts,
                                     const std::vector<std::string>& follows = {},
                                     imports::ImportOptions options = {});

// Counters equal rows, each user, post and follow has its event, and ids are in the order of times.
void check_consistent(const support::FreshDatabase& fresh);

int count(const support::FreshDatabase& fresh, const std::string& table);

}  // namespace feedctl::test
