// Splits the user name of a login, as OceanBase's clients write it, into its parts.
//
//   user  user@tenant  user@tenant#cluster  user@tenant#cluster:cluster_id  user#cluster
//   cluster:tenant:user  cluster;tenant;user  cluster-tenant-user  cluster.tenant.user  (each + :cluster_id)
//
// The user may be quoted: 'SYS'@t.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::auth {

struct UserName {
  std::string user;  ///< as typed, without quotes; an Oracle tenant upper-cases what wasn't quoted
  bool quoted = false;
  std::string tenant = "sys";  ///< as typed; sys if none was named
  std::string cluster;         ///< empty: none was named
  std::string cluster_id;      ///< digits; empty: none was named
};

/// Nullopt if the name has none of these forms, or an empty tenant after '@', or a tenant or user that is too
/// long. Such a login is refused like that of an unknown user.
std::optional<UserName> parse_user_name(std::string_view text);

}  // namespace breakwater::auth
