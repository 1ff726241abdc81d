#pragma once
namespace feedctl {

// The version in CMakeLists.txt: "0.1.0".
extern const char* const version;

}  // namespace feedctl
