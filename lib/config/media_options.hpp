#pragma once
// The configuration keys of the section media. Pure functions; any thread.
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/load.hpp"
#include "config/options.hpp"

namespace feedctl::config {

// The options, and those of the section after them.
std::vector<Option> with_media_options(std::vector<Option> options);

// off, directory or s3: what `automatic` means with these settings.
MediaConfig::Store media_store_of(const MediaConfig& media);

// What the store lacks or cannot use; the pointer of each is its place.
std::vector<FieldError> check_media(const LoadedConfig& loaded);
// Settings of a bucket that nothing uses.
std::vector<std::string> media_warnings(const LoadedConfig& loaded);

}  // namespace feedctl::config
