#pragma once
namespace feedctl {

// "0.1.0", as CMakeLists.txt says.
extern const char* const version;

}  // namespace feedctl
