#pragma once
// The header of one part of a multipart form. For MultipartReader. One thread at a time.
#include <string_view>

#include "http/multipart.hpp"

namespace feedctl::http {

class MultipartHead {
 public:
  // Takes a line without its CRLF. Error(invalid_argument) where it is malformed, or asks for what
  // the server does not read.
  void add_line(std::string_view line);
  // The part that the lines describe. Error(invalid_argument) where they give it no name.
  MultipartPart take() &&;

 private:
  void set_disposition(std::string_view value);
  void set_content_type(std::string_view value);

  MultipartPart part_;
  bool has_disposition_ = false;
  bool has_content_type_ = false;
  bool has_transfer_encoding_ = false;
};

}  // namespace feedctl::http
