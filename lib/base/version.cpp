#include "base/version.hpp"

namespace feedctl {

const char* const version = FEEDCTL_VERSION;

}  // namespace feedctl
