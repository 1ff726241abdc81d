#pragma once
// Places where a test may end the process: FEEDCTL_FAILPOINT=name:value kills it, as by SIGKILL,
// where `reach(name, value)` is called with that value. Costs one comparison where none is set.
#include <cstdint>
#include <string_view>

namespace feedctl::failpoint {

void reach(std::string_view name, std::int64_t value);

}  // namespace feedctl::failpoint
