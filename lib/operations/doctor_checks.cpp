#include "operations/doctor_checks.hpp"

#include "base/error.hpp"

namespace feedctl::operations {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

void run_check(Findings& findings, const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const Error& error) {
    std::string text = error.what();
    if (!error.detail().empty() && text.find(error.detail()) == std::string::npos)
      text += ": " + error.detail();
    // libpq and hiredis write several lines.
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    findings.push_back({name, Severity::error, text, error.hint()});
  }
}

}  // namespace feedctl::operations
