#include "catalog/model/privilege.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace breakwater::catalog {
namespace {

using Row = PrivilegeInfo;

constexpr std::array kRows = {
    Row{"ALTER", privilege::kAlter, GrantLevel::table, "To alter the table"},
    Row{"CREATE", privilege::kCreate, GrantLevel::table, "To create databases and tables"},
    Row{"CREATE USER", privilege::kCreateUser, GrantLevel::global, "To create, change and drop accounts"},
    Row{"DELETE", privilege::kDelete, GrantLevel::table, "To delete rows"},
    Row{"DROP", privilege::kDrop, GrantLevel::table, "To drop databases and tables"},
    Row{"INSERT", privilege::kInsert, GrantLevel::table, "To insert rows"},
    Row{"UPDATE", privilege::kUpdate, GrantLevel::table, "To update rows"},
    Row{"SELECT", privilege::kSelect, GrantLevel::table, "To read views"},
    Row{"INDEX", privilege::kIndex, GrantLevel::table, "To create or drop indexes"},
    Row{"CREATE VIEW", privilege::kCreateView, GrantLevel::table, "To create views"},
    Row{"SHOW VIEW", privilege::kShowView, GrantLevel::table, "To see views with SHOW CREATE VIEW"},
    Row{"SHOW DATABASES", privilege::kShowDatabases, GrantLevel::global,
        "To see all databases with SHOW DATABASES"},
    Row{"SUPER", privilege::kSuper, GrantLevel::global,
        "To make tenants and keys, kill connections and set global variables"},
    Row{"PROCESS", privilege::kProcess, GrantLevel::global, "To see the statements of others"},
    Row{"FILE", privilege::kFile, GrantLevel::global, "To read and write files on the server"},
    Row{"ALTER TENANT", privilege::kAlterTenant, GrantLevel::global, "To change tenants"},
    Row{"ALTER SYSTEM", privilege::kAlterSystem, GrantLevel::global,
        "To set parameters and destinations and to back up keys"},
    Row{"CREATE RESOURCE POOL", privilege::kCreateResourcePool, GrantLevel::global,
        "To create, change and drop resource pools"},
    Row{"CREATE RESOURCE UNIT", privilege::kCreateResourceUnit, GrantLevel::global,
        "To create, change and drop resource units"},
    Row{"REPLICATION SLAVE", privilege::kReplicationSlave, GrantLevel::global, "To read the log"},
    Row{"REPLICATION CLIENT", privilege::kReplicationClient, GrantLevel::global,
        "To ask where the log stands"},
};

bool grantable(const Row& row, GrantLevel level) {
  return level <= row.narrowest;
}

// Whether a grant is for schema.table or for a level that includes it.
bool covers(const GrantRow& grant, std::string_view schema, std::string_view table) {
  if (grant.schema == "*") return true;
  if (!iequals(grant.schema, schema)) return false;
  return grant.table == "*" || iequals(grant.table, table);
}

std::string list_privileges(Privileges held, GrantLevel level) {
  const Privileges all = all_privileges(level);
  if ((held & all) == all) return "ALL PRIVILEGES";
  std::string list;
  for (const std::string_view name : privilege_names(held, level)) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

std::string quoted(char quote, std::string_view name) {
  std::string out(1, quote);
  for (const char c : name) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

std::string describe_object(const GrantRow& grant) {
  if (grant.schema == "*") return "*.*";
  return quoted('`', grant.schema) + "." + (grant.table == "*" ? "*" : quoted('`', grant.table));
}

// OceanBase leaves out a host of '%'.
std::string describe_account(const AccountKey& account) {
  std::string name = quoted('\'', account.user);
  if (account.host != "%") name += "@" + quoted('\'', account.host);
  return name;
}

std::string describe_grant(const AccountKey& account, const GrantRow& grant) {
  std::string line = "GRANT " + list_privileges(grant.privileges, grant_level(grant.schema, grant.table)) +
                     " ON " + describe_object(grant) + " TO " + describe_account(account);
  if ((grant.privileges & privilege::kGrantOption) != 0) line += " WITH GRANT OPTION";
  return line;
}

}  // namespace

GrantLevel grant_level(std::string_view schema, std::string_view table) {
  if (schema == "*") return GrantLevel::global;
  return table == "*" ? GrantLevel::schema : GrantLevel::table;
}

std::span<const PrivilegeInfo> privilege_table() {
  return kRows;
}

std::vector<std::string_view> privilege_names(Privileges held, GrantLevel level) {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) {
    if ((held & row.bit) != 0 && grantable(row, level)) names.push_back(row.name);
  }
  if (names.empty()) names.emplace_back("USAGE");
  return names;
}

Privileges all_privileges(GrantLevel level) {
  Privileges all = 0;
  for (const Row& row : kRows) {
    if (grantable(row, level)) all |= row.bit;
  }
  return all;
}

std::optional<Privileges> privilege_by_name(std::string_view name, GrantLevel level) {
  if (iequals(name, "USAGE")) return privilege::kUsage;
  if (iequals(name, "ALL") || iequals(name, "ALL PRIVILEGES")) return all_privileges(level);
  if (iequals(name, "GRANT OPTION")) return privilege::kGrantOption;
  const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return iequals(r.name, name); });
  if (row == kRows.end() || !grantable(*row, level)) return std::nullopt;
  return row->bit;
}

bool allows(std::span<const GrantRow> grants, Privileges wanted, std::string_view schema,
            std::string_view table) {
  Privileges held = 0;
  for (const GrantRow& grant : grants) {
    if (covers(grant, schema, table)) held |= grant.privileges;
  }
  return (held & wanted) == wanted;
}

std::string quoted_account(const AccountKey& account) {
  return quoted('\'', account.user) + "@" + quoted('\'', account.host);
}

std::vector<std::string> describe_grants(const AccountKey& account, std::span<const GrantRow> grants) {
  std::vector<std::string> lines;
  const auto global = std::ranges::find(grants, "*", &GrantRow::schema);
  lines.push_back(describe_grant(account, global == grants.end() ? GrantRow{} : *global));
  for (const GrantRow& grant : grants) {
    if (grant.schema != "*") lines.push_back(describe_grant(account, grant));
  }
  return lines;
}

std::string describe_role_grant(const AccountKey& account, const RoleGrant& grant) {
  return "GRANT " + quoted('"', grant.role) + " TO " + describe_account(account) +
         (grant.admin ? " WITH ADMIN OPTION" : "");
}

}  // namespace breakwater::catalog
