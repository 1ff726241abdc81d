#include "support/openid_provider_process.hpp"

#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "base/json_writer.hpp"
#include "support/eventually.hpp"
#include "support/json.hpp"

namespace feedctl::support {
namespace {

std::string to_json(const OpenIdProviderOptions& options, int port) {
  std::string text;
  json::Writer out(text);
  out.open_object().integer("port", port).text("client_id", options.client_id);
  out.text("client_secret", options.client_secret).text("alg", options.alg);
  out.key("redirect_uris").open_array();
  for (const auto& uri : options.redirect_uris) out.text(uri);
  out.close_array().key("people").open_array();
  for (const auto& person : options.people) {
    out.open_object().text("username", person).text("name", person).text("email", "");
    out.close_object();
  }
  out.close_array().close_object();
  return text;
}

}  // namespace

OpenIdProviderProcess::OpenIdProviderProcess(const OpenIdProviderOptions& options)
    : options_(options), port_(free_port()) {
  folder_.write("openid.json", to_json(options_, port_));
  // It answers only to the process that this file names: its parent.
  folder_.write("dev.pid", std::to_string(::getpid()) + "\n");
  start();
}

void OpenIdProviderProcess::start() {
  process_ = std::make_unique<BackgroundProcess>(std::vector<std::string>{
      feedctl_binary(), "openid-provider", "--state", folder_.path().string()});
  const HttpClient http(port_, "127.0.0.1", std::chrono::seconds{10});
  const bool answers = eventually([&] {
    return !process_->is_running() || http.get("/.well-known/openid-configuration").status == 200;
  });
  if (!answers || !process_->is_running()) {
    throw std::runtime_error("the OpenID provider did not start:\n" + process_->output());
  }
}

void OpenIdProviderProcess::kill() {
  process_->signal(SIGKILL);
  process_->wait(std::chrono::seconds{60});
}

std::string OpenIdProviderProcess::rotate_keys(bool keep_old) const {
  return text_in(client().post(keep_old ? "/rotate-keys" : "/rotate-keys?keep_old=false"), "kid");
}

Settings OpenIdProviderProcess::server_settings(const std::string& name) const {
  const auto prefix = "oidc." + name + ".";
  return {{prefix + "kind", "openid"},
          {prefix + "issuer", issuer()},
          {prefix + "client_id", options_.client_id},
          {prefix + "client_secret", options_.client_secret}};
}

}  // namespace feedctl::support
