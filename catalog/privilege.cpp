#include "catalog/privilege.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace breakwater::catalog {
namespace {

struct Row {
  std::string_view name;
  Privileges bit;
  GrantLevel narrowest;  ///< where it can be granted: here and at every wider level
};

// In the order in which SHOW GRANTS lists them.
constexpr std::array kRows = {
    Row{"ALTER", privilege::kAlter, GrantLevel::table},
    Row{"CREATE", privilege::kCreate, GrantLevel::table},
    Row{"CREATE USER", privilege::kCreateUser, GrantLevel::global},
    Row{"DELETE", privilege::kDelete, GrantLevel::table},
    Row{"DROP", privilege::kDrop, GrantLevel::table},
    Row{"INSERT", privilege::kInsert, GrantLevel::table},
    Row{"UPDATE", privilege::kUpdate, GrantLevel::table},
    Row{"SELECT", privilege::kSelect, GrantLevel::table},
    Row{"INDEX", privilege::kIndex, GrantLevel::table},
    Row{"CREATE VIEW", privilege::kCreateView, GrantLevel::table},
    Row{"SHOW VIEW", privilege::kShowView, GrantLevel::table},
    Row{"SHOW DATABASES", privilege::kShowDatabases, GrantLevel::global},
    Row{"SUPER", privilege::kSuper, GrantLevel::global},
    Row{"PROCESS", privilege::kProcess, GrantLevel::global},
    Row{"FILE", privilege::kFile, GrantLevel::global},
    Row{"ALTER TENANT", privilege::kAlterTenant, GrantLevel::global},
    Row{"ALTER SYSTEM", privilege::kAlterSystem, GrantLevel::global},
    Row{"CREATE RESOURCE POOL", privilege::kCreateResourcePool, GrantLevel::global},
    Row{"CREATE RESOURCE UNIT", privilege::kCreateResourceUnit, GrantLevel::global},
    Row{"REPLICATION SLAVE", privilege::kReplicationSlave, GrantLevel::global},
    Row{"REPLICATION CLIENT", privilege::kReplicationClient, GrantLevel::global},
};

bool grantable(const Row& row, GrantLevel level) {
  return level <= row.narrowest;
}

// Whether a grant stands at schema.table or above it.
bool covers(const GrantRow& grant, std::string_view schema, std::string_view table) {
  if (grant.schema == "*") return true;
  if (!iequals(grant.schema, schema)) return false;
  return grant.table == "*" || iequals(grant.table, table);
}

std::string list_privileges(Privileges held, GrantLevel level) {
  const Privileges all = all_privileges(level);
  if ((held & all) == all) return "ALL PRIVILEGES";
  std::string list;
  for (const Row& row : kRows) {
    if ((held & row.bit) == 0) continue;
    if (!list.empty()) list += ", ";
    list += row.name;
  }
  return list.empty() ? "USAGE" : list;
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

std::vector<std::string> describe_grants(const AccountKey& account, std::span<const GrantRow> grants) {
  std::vector<std::string> lines;
  const auto global = std::ranges::find(grants, "*", &GrantRow::schema);
  lines.push_back(describe_grant(account, global == grants.end() ? GrantRow{} : *global));
  for (const GrantRow& grant : grants) {
    if (grant.schema != "*") lines.push_back(describe_grant(account, grant));
  }
  return lines;
}

}  // namespace breakwater::catalog
