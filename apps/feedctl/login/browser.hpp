#pragma once
#include <string>

namespace feedctl::cli {

// Starts xdg-open with a URL and does not wait for it. False: it cannot be started.
bool open_in_browser(const std::string& url);

}  // namespace feedctl::cli
