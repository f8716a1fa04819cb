// What the settings say about places: which paths and endpoints may be destinations, and how stores are reached.
#pragma once

#include "server/settings.h"
#include "storage/destination/uri.h"
#include "storage/file/path_rules.h"
#include "storage/http/network_rules.h"

namespace breakwater::server::execute {

storage::UriRules uri_rules_of(const Settings& settings);
storage::PathRules path_rules_of(const Settings& settings);
storage::NetworkRules network_rules_of(const Settings& settings);

}  // namespace breakwater::server::execute
