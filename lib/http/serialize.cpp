#include "http/serialize.hpp"

#include "http/problem.hpp"

namespace feedctl::http {

std::string serialize(const Response& response, const Delivery& delivery) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += reason_phrase(response.status);
  const auto field = [&](std::string_view name, std::string_view value) {
    out.append("\r\n").append(name).append(": ").append(value);
  };
  for (const auto& [name, value] : response.headers) field(name, value);
  if (!response.content_type.empty()) field("Content-Type", response.content_type);
  field("Content-Length", std::to_string(response.body.size()));
  if (delivery.close)
    field("Connection", "close");
  else if (delivery.http10)
    field("Connection", "keep-alive");
  out += "\r\n\r\n";
  if (!delivery.head) out += response.body;
  return out;
}

}  // namespace feedctl::http
