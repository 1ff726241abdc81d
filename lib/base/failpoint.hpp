#pragma once
// Failpoints for tests: FEEDCTL_FAILPOINT=name:value kills the process, as by SIGKILL, at the call
// of crash_if(name, value) with that value. One comparison if none is set. Any thread.
#include <cstdint>
#include <string_view>

namespace feedctl::failpoint {

void crash_if(std::string_view name, std::int64_t value);
// Stalls the thread for a minute instead.
void stall_if(std::string_view name, std::int64_t value);
// The value set for the name; 0: none.
std::int64_t value_of(std::string_view name);

}  // namespace feedctl::failpoint
