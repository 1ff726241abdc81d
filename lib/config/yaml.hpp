#pragma once
// A YAML file as flat entries with their places. Refused, each with its place: aliases and anchors,
// nesting deeper than sections and lists, several documents, duplicate keys, bytes that are no
// UTF-8.
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::config {

struct Place {
  int line = 0;  // from 1
  int column = 0;
};

struct Entry {
  std::string key;  // "server.port"
  Place key_at;
  Place value_at;
  std::vector<std::string> values;  // one for a scalar
  bool list = false;
  bool empty = false;  // "key:" with nothing behind it
};

struct Mistake {
  Place at;
  std::string message;
};

struct Document {
  std::vector<Entry> entries;
  std::vector<Mistake> mistakes;
};

// Never throws for bad input: a syntax error is the last mistake.
Document read_yaml(std::string_view text);

}  // namespace feedctl::config
