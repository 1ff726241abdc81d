#include "http/problem.hpp"

#include "base/json_writer.hpp"

namespace feedctl::http {

namespace {

std::string slug(std::string_view phrase) {
  std::string text;
  for (const char c : phrase) {
    if (c == ' ')
      text += '-';
    else if (c >= 'A' && c <= 'Z')
      text += static_cast<char>(c - 'A' + 'a');
    else if (c != '\'')
      text += c;
  }
  return text;
}

void add_headers(Response& response, const Error* error) {
  if (const auto* challenging = dynamic_cast<const ChallengeError*>(error))
    response.header("WWW-Authenticate", challenging->challenge());
  else if (response.status == 401)
    response.header("WWW-Authenticate", "Bearer");
  std::optional<std::chrono::seconds> retry_after;
  if (error != nullptr) retry_after = error->retry_after();
  if (!retry_after && (response.status == 429 || response.status == 503))
    retry_after = std::chrono::seconds{1};
  if (retry_after) response.header("Retry-After", std::to_string(retry_after->count()));
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::permission_denied:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
    case ErrorCode::lock_held:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::unsupported_media:
      return 415;
    case ErrorCode::unprocessable:
      return 422;
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::negative_answer:
    case ErrorCode::usage:
    case ErrorCode::bad_data:
    case ErrorCode::config:
    case ErrorCode::failed:
    case ErrorCode::internal:
      break;
  }
  return 500;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

Response problem(int status, std::string_view message, std::string_view instance,
                 const Error* error) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  const auto title = reason_phrase(status);
  json::Writer out(response.body);
  out.open_object().text("type", "/problems/" + slug(title)).text("title", title);
  out.integer("status", status).text("detail", message).text("instance", instance);
  out.text("error", message);
  if (error != nullptr && !error->fields().empty()) {
    out.key("errors").open_array();
    for (const auto& field : error->fields()) {
      out.open_object().text("pointer", field.pointer).text("detail", field.detail).close_object();
    }
    out.close_array();
  }
  out.close_object();
  add_headers(response, error);
  return response;
}

Response problem(const Error& error, std::string_view instance) {
  const int status = status_of(error.code());
  if (status == 500) return problem(status, "Internal server error", instance);
  return problem(status, error.what(), instance, &error);
}

}  // namespace feedctl::http
