#pragma once
// A generated world of four hundred users, how tests load it, and what they compare of it.
#include <cstdint>
#include <string>

#include "seed/append.hpp"
#include "seed/bulk_load.hpp"
#include "support/fresh_database.hpp"

namespace feedctl::test {

constexpr std::size_t users = 400, posts = 900, follows = 6000, likes = 5000;

seed::Shape shape_of(std::uint64_t number, Time end = now());
store::Options owner_of(const support::FreshDatabase& fresh);
// Few rows for each partition, so that there are several; a threshold that some authors pass.
seed::BulkOptions small_parts();
std::string digest(const support::FreshDatabase& fresh, const std::string& table,
                   const std::string& order);
std::string world_of(const support::FreshDatabase& fresh);
// Keys and indexes with their definitions.
std::string indexes_of(const support::FreshDatabase& fresh);
void check_counters(const support::FreshDatabase& fresh);

}  // namespace feedctl::test
