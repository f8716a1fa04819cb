// What is told of a change: who made it, and the rows of DBA_OB_ROOTSERVICE_EVENT_HISTORY. None of it may be
// a secret: a value that is one is told as kHidden.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/model/entities.h"

namespace breakwater::catalog {

/// In place of a value that is a secret.
inline constexpr std::string_view kHidden = "***";

/// Who acts. Empty: the server by itself.
struct Origin {
  std::string user{};      ///< the account's, or what did it without an account ("breakwater reset-password")
  TenantId tenant_id = 0;  ///< in which the account is
  std::string tenant{};    ///< its name
  std::string address{};   ///< the client's, with the port; empty: none
};

/// One change, as the history of events shows it.
struct Event {
  /// Beside the tenant and who it was there are three of OceanBase's six pairs of names and values.
  static constexpr std::size_t kMaxDetails = 3;
  /// Bytes of a value; what is longer is cut.
  static constexpr std::size_t kMaxValue = 256;

  std::string_view
      module{};              ///< "tenant", "account", "parameter", "policy", "keystore"; "backup" has a place
  std::string_view event{};  ///< "create_user"
  TenantId tenant_id = 0;    ///< whose it is
  std::vector<std::pair<std::string_view, std::string>> details{};  ///< names are literals
};

}  // namespace breakwater::catalog
