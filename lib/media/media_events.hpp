#pragma once
// The worker's handler that removes the media of deleted posts and users. Readers see it no more
// from the deletion on; the objects go by a job. Plain function, thread-safe.
#include "events/unit_of_work.hpp"

namespace feedctl::media {

// Takes PostDeleted and UserDeleted: one statement for a batch, none for a batch without them.
events::Handler removal_handler();

}  // namespace feedctl::media
