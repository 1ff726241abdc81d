#include "blob/s3_client.hpp"

#include <algorithm>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "blob/s3_error.hpp"
#include "http_client/failure.hpp"

namespace feedctl::blob {

namespace {

using std::chrono::milliseconds;

const failpoint::Point s3_request{"blob.bucket.request"};

constexpr int max_attempts = 4;
constexpr milliseconds first_wait{100}, longest_wait{2000};

http_client::Options client_options() {
  http_client::Options options;
  options.connect_timeout = milliseconds{3000};
  options.read_timeout = milliseconds{10'000};
  options.deadline = std::chrono::minutes{10};  // each call has its own
  options.allow_loopback_http = true;
  options.allow_private_addresses = true;
  options.allow_private_http = true;
  return options;
}

// False: there is no time for another attempt.
bool wait_before_retry(int attempt, Deadline deadline) {
  const auto wait = full_jitter(attempt, first_wait, longest_wait);
  if (attempt + 1 >= max_attempts || wait >= deadline.remaining()) return false;
  std::this_thread::sleep_for(wait);
  return true;
}

std::string hint_for(std::string_view detail) {
  const auto has = [&](std::string_view reason) {
    return detail.find(reason) != std::string::npos;
  };
  if (has(http_client::untrusted_certificate))
    return "add the certificate of its CA to those of the system: update-ca-certificates";
  if (has(http_client::public_http)) return "media.s3_endpoint must begin with https://";
  return "start the S3 server, or correct media.s3_endpoint";
}

// Clients of the API read the text, so that only the detail names the server.
Error unreachable(const Error& error) {
  return Error(ErrorCode::unavailable, "the S3 server cannot be reached")
      .with_detail(error.detail().empty() ? error.what() : error.detail())
      .with_hint(hint_for(error.detail()));
}

}  // namespace

S3Client::S3Client(S3Location location, Credentials credentials)
    : location_(std::move(location)),
      credentials_(std::move(credentials)),
      http_(client_options()) {}

http_client::Response S3Client::send(const S3Request& request, Deadline deadline) const {
  if (deadline.is_expired()) throw Error(ErrorCode::unavailable, "no time is left to ask S3");
  for (int attempt = 0;; ++attempt) {
    try {
      s3_request.hit();
      auto response = send_once(request, deadline);
      if (!is_transient(response) || !wait_before_retry(attempt, deadline)) return response;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      if (!wait_before_retry(attempt, deadline)) throw unreachable(error);
    }
  }
}

http_client::Response S3Client::send_once(const S3Request& request, Deadline deadline) const {
  const auto time = now();
  RequestToSign signed_request{request.method, location_.path_of(request.key), request.query,
                               request.headers, request.payload_hash};
  auto& headers = signed_request.headers;
  headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  headers.emplace_back("x-amz-date", amz_date(time));

  http_client::Request sent;
  sent.method = request.method;
  sent.headers = headers;
  headers.emplace_back("host", location_.host());
  sent.headers.emplace_back("Authorization", authorization(credentials_, signed_request, time));
  const auto query = canonical_query(request.query);
  sent.url = location_.origin() + signed_request.path + (query.empty() ? "" : "?" + query);
  sent.body_file = request.body;
  sent.save_to = request.save_to;
  sent.max_body = request.max_answer;
  sent.deadline = deadline;
  return http_.send(sent);
}

}  // namespace feedctl::blob
