#pragma once
// The bad inputs that the HTTP front itself answers, as bytes for the program's own routes, and a
// few good ones that look like them. Numbers are those of the table of bad inputs; 0: none of it.
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::hostile {

struct HostileRequest {
  int number;
  const char* description;
  std::string bytes;
  int status;
  bool closes_connection = false;  // nothing that follows on the connection is answered
};

// For a server with `allowed_hosts: [t]` and the limits as they are documented.
std::vector<HostileRequest> hostile_requests();

// Requests of every framing, each with the status that its answer has: what may be cut anywhere.
std::vector<HostileRequest> valid_requests();

// A request that is answered with 200, to follow the others.
std::string valid_request();

std::string get(std::string_view target, std::string_view fields = "");
std::string post(std::string_view fields, std::string_view body = "",
                 std::string_view target = "/v1/feed/posts/");
std::string json_post(std::string_view body, std::string_view fields = "");
std::string chunked_post(std::string_view chunks);
std::string repeated(std::string_view text, std::size_t times);

}  // namespace feedctl::hostile
