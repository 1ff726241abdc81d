#pragma once
// One call of a confined process: sends the request, waits for the result until the deadline, and
// kills the process where it has none by then. Used by one thread.
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "images/helper_process.hpp"
#include "images/wire.hpp"

namespace feedctl::images {

Error undecodable();

// What the confined process says. It may have been taken over by the image, so whoever uses its
// figures and files checks them.
struct CallResult {
  Finished message;
  std::vector<UniqueFd> files;  // max_output_count() of them, sealed: nobody can change them
};

// nullopt: the helper has died or does not answer, so another one may succeed.
// Error(unprocessable): the confined process has crashed, or has exceeded its limits.
// Error(unavailable): the deadline has passed, or the kernel lacks something.
std::optional<CallResult> call_helper(const HelperProcess& helper, const Request& request,
                                      const FileSlice& image, Deadline deadline);

}  // namespace feedctl::images
