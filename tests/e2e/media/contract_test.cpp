// Every answer that these tests get is checked against the description of the API.
#include "support/contract_watch.hpp"

namespace {

feedctl::support::ContractWatch watch;

}  // namespace
