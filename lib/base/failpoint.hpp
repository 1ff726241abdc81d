#pragma once
// Places where a test may end the process: FEEDCTL_FAILPOINT=name:value kills it, as by SIGKILL,
// where `reach(name, value)` is called with that value. Costs one comparison where none is set.
#include <cstdint>
#include <string_view>

namespace feedctl::failpoint {

void reach(std::string_view name, std::int64_t value);
// The same, but the thread stays there for a minute instead, as if it were stuck.
void hold(std::string_view name, std::int64_t value);
// The value that is set for the name, for tests that make something unreliable; 0: none.
std::int64_t value_of(std::string_view name);

}  // namespace feedctl::failpoint
