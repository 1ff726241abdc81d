#include "loadtest/request_writer.hpp"

#include <charconv>

namespace feedctl::loadtest {

void RequestWriter::begin(std::string& out, std::string_view method) {
  out_ = &out;
  out.assign(method).push_back(' ');
}

void RequestWriter::end_target(const LoadUser* user) {
  out_->append(" HTTP/1.1\r\nHost: ").append(authority_);
  out_->append("\r\nUser-Agent: feedctl-loadtest\r\nAccept: */*\r\n");
  if (user == nullptr) return;
  if (user->token.empty()) {
    out_->append("X-User-Id: ");
    append_number(*out_, user->id);
  } else {
    out_->append("Authorization: Bearer ").append(user->token);
  }
  out_->append("\r\n");
}

void RequestWriter::add_header(std::string_view name, std::string_view value) {
  out_->append(name).append(": ").append(value).append("\r\n");
}

void RequestWriter::add_idempotency_key(std::uint64_t number) {
  out_->append("Idempotency-Key: ").append(key_prefix_).push_back('-');
  append_number(*out_, static_cast<std::int64_t>(number));
  out_->append("\r\n");
}

void RequestWriter::finish(std::string_view body, bool has_length) {
  if (!body.empty() || has_length) {
    out_->append("Content-Length: ");
    append_number(*out_, static_cast<std::int64_t>(body.size()));
    out_->append("\r\n");
  }
  out_->append("\r\n").append(body);
}

void RequestWriter::append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);  // every number fits
  out.append(digits, end);
}

}  // namespace feedctl::loadtest
