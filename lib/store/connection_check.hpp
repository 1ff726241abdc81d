#pragma once
// The guard's checks for connections and pools. Private to lib/store.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/guard.hpp"

namespace feedctl::store {

using QueryFn = std::function<Result(const Query&)>;

// find_server_problems() is for a database that need not have the schema yet.
std::vector<Problem> find_server_problems(const QueryFn& ask);
std::vector<Problem> find_problems(const QueryFn& ask);

// Checks a new connection. nullptr: no problem, or the guard is off. Throws Problem::error() in
// mode fail_connections.
std::shared_ptr<const Problem> check_connection(const QueryFn& ask);

SqlError writes_closed_error(const Problem& problem);
void require_writes_open(const Problem* of_connection);

void record_write_refusal(const std::string& state_code, const std::string& message);

}  // namespace feedctl::store
