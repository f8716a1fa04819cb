#include "server/execute/context/place_rules.h"

#include <string>
#include <vector>

namespace breakwater::server::execute {
namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

}  // namespace

storage::UriRules uri_rules_of(const Settings& settings) {
  return {.allow_http = settings.backup_dest_allow_http};
}

storage::PathRules path_rules_of(const Settings& settings) {
  return {.restricted = !settings.backup_dest_allow.empty(),
          .allow = storage::allowed_roots(joined(settings.backup_dest_allow)),
          .data_dir = settings.data_dir};
}

storage::NetworkRules network_rules_of(const Settings& settings) {
  return {.restricted = !settings.backup_dest_allow.empty(),
          .endpoints = storage::allowed_endpoints(joined(settings.backup_dest_allow)),
          .allow_http = settings.backup_dest_allow_http,
          .allow_loopback = settings.backup_dest_allow_loopback,
          .ca_file = settings.backup_dest_ca_file,
          .proxy = settings.backup_dest_proxy,
          .proxy_auth_file = settings.backup_dest_proxy_auth_file};
}

}  // namespace breakwater::server::execute
