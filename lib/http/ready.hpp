#pragma once
// Answers that were made once for many requests, and the hook by which a route gives them from the
// memory of the process: on the loop that read the request, without a thread's turn between.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

class Glance;

// A response in all the forms that clients may be given: as it is, gzipped, and as "not modified".
// Immutable, so any number of threads may send it.
class Ready {
 public:
  // A 200 with its ETag, as a handler would return it; `gzipped` is its body where somebody has
  // compressed that already.
  explicit Ready(Response response, std::string gzipped = {});
  Ready(const Ready&) = delete;
  Ready& operator=(const Ready&) = delete;

  // What one client gets: the head up to the fields that differ from request to request.
  struct Form {
    int status = 200;
    std::string head;
    std::string_view body;
  };
  const Form& form(const Glance& glance, bool gzip) const;
  const std::string& content_type() const { return response_.content_type; }

 private:
  Response response_;
  std::string etag_;  // quoted; "" where it has none
  std::string weak_;
  std::string small_;  // gzipped; "" where that does not pay
  Form plain_, varying_, gzipped_, unchanged_, unchanged_varying_, unchanged_weak_;
};

// An answer from memory, made once for many or for this request alone; with neither, the handler is
// asked.
struct MemoryAnswer {
  std::shared_ptr<const Ready> ready;
  std::optional<Id> user;  // for the access log
  std::optional<Response> made = {};
};
using FromMemory = std::function<MemoryAnswer(const Glance&)>;

}  // namespace feedctl::http
