#include "imports/import_sink.hpp"

namespace feedctl::imports {

std::string_view name_of(SkipReason reason) {
  switch (reason) {
    case SkipReason::repost:
      return "repost";
    case SkipReason::reply:
      return "reply";
    case SkipReason::no_text:
      return "no_text";
    case SkipReason::not_public:
      return "not_public";
    case SkipReason::deleted:
      return "deleted";
    case SkipReason::bad_time:
      return "bad_time";
    case SkipReason::bad_text:
      return "bad_text";
    case SkipReason::malformed:
      return "malformed";
    case SkipReason::too_large:
      return "too_large";
  }
  return "unknown";
}

}  // namespace feedctl::imports
