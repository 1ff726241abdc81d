#pragma once
// Waits until the database accepts connections, for commands that start beside it. Plain function
// for the main thread.
#include <chrono>

namespace feedctl::cli {

class Runtime;

// Tries database.owner_url and reports to standard error every five seconds. A command that needs
// the schema also waits for `migrate up`. Error(unavailable) once `limit` has passed; any other
// error at once.
void wait_for_database(const Runtime& runtime, std::chrono::milliseconds limit);

}  // namespace feedctl::cli
