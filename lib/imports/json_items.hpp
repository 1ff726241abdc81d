#pragma once
// A streaming splitter of JSON: it gives the elements of one array of a document, one at a time, as
// text for json::parse(). Memory: one buffer and one element. It checks brackets, commas and
// strings, not the rest: a parser of the element does. A byte order mark is skipped.
// Error(bad_data) with the position: not JSON, cut off, nested too deep, UTF-16 or UTF-32. One
// thread.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imports/archive_file.hpp"
#include "imports/byte_input.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

struct JsonItemsOptions {
  // Where the array is: names of members joined by dots; empty: the document is the array.
  std::string path;
  // The document may begin with an assignment: `window.YTD.tweets.part0 = `.
  bool allows_assignment = false;
  std::size_t max_item_bytes = imports::max_item_bytes;
  // Paths of the members that the reader needs, from the element on ("object.content"); the text
  // of an element lacks the others. Empty: all.
  std::vector<std::string> members;
};

class JsonItems {
 public:
  static constexpr int max_depth = 64;

  // `name` stands before messages: "archive.zip: outbox.json".
  JsonItems(ByteInput::Read read, std::string name, const JsonItemsOptions& options);
  // Of the archive's current entry; the archive outlives the splitter.
  JsonItems(ArchiveFile& archive, const JsonItemsOptions& options);
  JsonItems(const JsonItems&) = delete;
  JsonItems& operator=(const JsonItems&) = delete;
  ~JsonItems();

  // The next element, valid until the next call; nullopt: the end of the document. Elements above
  // max_item_bytes are passed by.
  std::optional<std::string_view> next();

  // Whether the document has the array, known once next() gave nullopt.
  bool has_array() const;
  // Elements that were passed by so far.
  std::size_t too_large() const;

 private:
  class Splitter;
  std::unique_ptr<Splitter> splitter_;
};

}  // namespace feedctl::imports
