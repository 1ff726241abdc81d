#pragma once
// A YAML file as flat entries with their positions. Refuses aliases and anchors, nesting deeper
// than sections, their groups and lists, several documents, duplicate keys, and bytes that are not
// UTF-8.
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::config {

struct SourcePosition {
  int line = 0;  // from 1
  int column = 0;
};

struct Entry {
  std::string key;  // "server.port", "oidc.google.issuer"
  SourcePosition key_position;
  SourcePosition value_position;
  std::vector<std::string> values;  // one for a scalar
  bool is_list = false;
  bool is_empty = false;  // "key:" without a value
};

struct Mistake {
  SourcePosition position;
  std::string message;
};

struct Document {
  std::vector<Entry> entries;
  std::vector<Mistake> mistakes;
};

// Never throws for bad input: a syntax error is the last mistake.
Document read_yaml(std::string_view text);

}  // namespace feedctl::config
