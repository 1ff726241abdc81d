#pragma once
// A small reader of XML: elements and their text, as the answers of S3 have them. It skips
// comments, processing instructions and attributes. It refuses document types, so that no entity is
// expanded but the five of XML and characters by number. Pure functions; any thread.
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::blob {

class XmlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct XmlElement {
  std::string name;  // without the prefix of a namespace
  std::string text;  // of its own, decoded
  std::vector<XmlElement> children;

  // The first child of that name; nullptr: none.
  const XmlElement* find(std::string_view wanted) const;
  // The text of that child; "": none.
  std::string_view text_of(std::string_view wanted) const;
};

// The root of a document. Throws XmlError, also beyond 16 levels or 100000 elements.
XmlElement parse_xml(std::string_view text);

}  // namespace feedctl::blob
