// Who may change which account: the one check of every path that does. Transaction's functions ask it within
// the change itself, so that no caller can leave it out; a statement asks it before, so that nobody without
// the right has passwords hashed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/model/privilege.h"
#include "catalog/model/role.h"

namespace breakwater::catalog {

class Reader;

/// On whose behalf an account is changed.
class Actor {
 public:
  /// The server itself, for the first rows of a catalogue or a tenant: never on a client's behalf.
  static Actor server() {
    Actor actor;
    actor.server_ = true;
    return actor;
  }
  /// The account that a session has logged in as, and which of its roles are enabled.
  Actor(AccountKey key, AccountId id, RoleChoice roles = {})
      : key_(std::move(key)), id_(id), roles_(std::move(roles)) {}

  bool is_server() const { return server_; }
  const AccountKey& key() const { return key_; }
  AccountId id() const { return id_; }
  const RoleChoice& roles() const { return roles_; }

 private:
  Actor() = default;
  AccountKey key_;
  AccountId id_ = 0;
  RoleChoice roles_;
  bool server_ = false;
};

enum class AccountChange : std::uint8_t {
  credential,  ///< password, hash, plugin
  anything     ///< made, dropped, locked, its TLS need, what it is stripped of
};

/// Everybody may change his own credential. Any other change takes CREATE USER; one of an administrator
/// account (root, in an Oracle tenant SYS, from whatever host) takes SUPER: 1227 names the missing one.
/// connection_killed (1927) where the actor's account is gone, although another may have its name by now.
/// Use: one for a statement or a change; what it has read it doesn't read again.
class AccountRules {
 public:
  /// `reader` and `actor` outlive it.
  AccountRules(Reader& reader, const Actor& actor) : reader_(reader), actor_(actor) {}

  Result<> check(const AccountKey& target, AccountChange change);
  /// What the actor holds ON *.*, by its roles too. connection_killed (1927).
  Result<Privileges> held();

 private:
  Result<> read_actor();
  Result<bool> is_administrator(const AccountKey& target);
  bool is_own(const AccountKey& target) const;

  Reader& reader_;
  const Actor& actor_;
  std::optional<Privileges> held_;  ///< globally
  std::optional<std::pair<TenantId, CompatibilityMode>> mode_;
};

/// The administrator that every tenant is made with.
std::string_view administrator_of(CompatibilityMode mode);

/// 1927: what a session hears whose account is gone.
Error account_gone();

}  // namespace breakwater::catalog
