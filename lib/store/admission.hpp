#pragma once
// What connections and pools ask of the guard. Private to lib/store.
#include <functional>
#include <memory>
#include <vector>

#include "store/guard.hpp"

namespace feedctl::store {

using Ask = std::function<Result(const Query&)>;

// The first of a database that need not have our schema yet.
std::vector<Problem> problems_of_server(const Ask& ask);
std::vector<Problem> problems_of(const Ask& ask);

// Of a new connection: nullptr where it may be used for everything, or nothing is guarded. Throws
// Problem::error() where the process is to refuse it.
std::shared_ptr<const Problem> admit(const Ask& ask);

SqlError closed_for_writes(const Problem& problem);
void require_writes_open(const Problem* of_connection);

void note_refusal(const std::string& sqlstate, const std::string& message);

}  // namespace feedctl::store
