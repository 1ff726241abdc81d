#pragma once
// The limits of the server on one request, one connection and all of them. A plain value.
#include <chrono>
#include <cstddef>

namespace feedctl::http {

struct Limits {
  std::size_t max_request_line = 8 * 1024;
  std::size_t max_header_line = 8 * 1024;
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t max_header_count = 100;
  std::size_t max_query_params = 64;
  std::size_t max_body = 256 * 1024;
  // Whether Route::max_body is only for requests with Authorization, where the route is not public.
  // The token is checked with the whole body.
  bool large_bodies_need_token = false;
  std::size_t max_body_in_memory = 64 * 1024;  // a larger body goes to an unlinked temporary file

  // From the first byte of a request to the end of its head.
  std::chrono::milliseconds header_timeout{10000};
  // A body has this long, and then a second for every min_body_rate bytes.
  std::chrono::milliseconds body_grace{5000};
  std::size_t min_body_rate = 1024;
  // From the first byte of a request to its last.
  std::chrono::milliseconds request_timeout{30000};
  // A body larger than max_body (Route::max_body) has a second more for every min_transfer_rate
  // bytes that came, and a file as the body of a response for those that went.
  std::size_t min_transfer_rate = 32 * 1024;
  // Such a body comes on at min_transfer_rate in each part that takes so long. Else a fast
  // beginning would pay for minutes in which it holds its place among the body files.
  std::chrono::milliseconds max_transfer_pause{60000};
  // For one response.
  std::chrono::milliseconds write_timeout{30000};
  // A client that sends on after the last response has that long between its bytes, and
  // request_timeout for all of them.
  std::chrono::milliseconds linger_pause{1000};
  // Before the first request of a connection.
  std::chrono::milliseconds first_request_timeout{15000};
  // Between requests. It exceeds the 60 s for which proxies keep an idle connection: else the
  // server could close one just when a proxy sends a POST over it, and the client would get a 502.
  std::chrono::milliseconds idle_timeout{75000};
  // Of streams that have nothing to send.
  std::chrono::milliseconds heartbeat_interval{15000};
  // idle_timeout while the server drains; at most half of the drain's timeout.
  std::chrono::milliseconds drain_idle_timeout{1000};

  std::size_t max_requests_per_connection = 1000;
  std::size_t max_connections = 20000;  // the server pauses accepting above it
  std::size_t max_body_files = 2560;    // open at once; one more is a 503
  std::size_t max_sent_files = 2560;    // as bodies of responses, at once; one more is a 503
  // Of all body files, also of those at handlers; one more byte is a 503. Where the folder of the
  // files is in memory, max_buffered_bytes is the limit.
  std::size_t max_body_file_bytes = std::size_t{1} << 30;
  // Of unfinished requests and unsent responses of all connections. Above it the server closes a
  // connection that holds more than a little.
  std::size_t max_buffered_bytes = 128 * 1024 * 1024;

  std::size_t max_queued = 512;  // requests that wait for a pool thread; one more is a 503
  // The server answers 503 once the wait has exceeded max_queue_wait for a whole
  // queue_wait_interval, and until it is shorter again.
  std::chrono::milliseconds max_queue_wait{100};
  std::chrono::milliseconds queue_wait_interval{500};
  // Pool threads for reads and writes together, and for writes alone (see Bulkheads); those of
  // uploads (see HandlerPool). 0: a default share.
  int max_read_threads = 0, max_write_threads = 0, max_upload_threads = 0;
};

}  // namespace feedctl::http
