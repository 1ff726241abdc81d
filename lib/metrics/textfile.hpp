#pragma once
// A file for the textfile collector of node_exporter: the metrics of a command that has no
// /metrics, since it ends. Plain functions; thread-safe for different files.
#include <span>
#include <string>
#include <string_view>

namespace feedctl::metrics {

// The families of /metrics whose names begin with one of the prefixes.
std::string exposition_text(std::span<const std::string_view> prefixes);

// The families of `text`, then those of `previous` that `text` lacks. Lines of `previous` that
// belong to no family are dropped.
std::string merge_families(std::string_view text, std::string_view previous);

// Replaces the file by these families as a whole, so that a collector never reads half of it.
// Families that this process does not have stay as an earlier run has written them.
// Error(failed): it cannot be written.
void write_textfile(const std::string& path, std::span<const std::string_view> prefixes);

}  // namespace feedctl::metrics
