#pragma once
// The clock of the server's deadlines and waits.
#include <chrono>

namespace feedctl::http {

using Clock = std::chrono::steady_clock;

}  // namespace feedctl::http
