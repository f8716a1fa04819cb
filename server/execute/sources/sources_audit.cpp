// The newest of the audit, for GV$OB_SQL_AUDIT.
#include <charconv>

#include "server/execute/sources/table_source.h"

namespace breakwater::server::execute {
namespace {

using catalog::Value;

/// An address and its port: "192.0.2.7:4711", "::1:4711", "localhost".
struct ClientPlace {
  std::string ip{};
  std::int64_t port = 0;
};

ClientPlace place_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  ClientPlace place{.ip = address.substr(0, colon)};
  if (colon == std::string::npos) return place;
  const char* const end = address.data() + address.size();
  if (std::from_chars(address.data() + colon + 1, end, place.port).ptr != end) return {.ip = address};
  return place;
}

void audit_rows(Services& services, const catalog::QueryContext& context, catalog::RowTable& table) {
  const auto tenant = static_cast<std::int64_t>(context.effective_tenant_id);
  for (const AuditTrail::Shown& shown : services.audit().newest()) {
    const catalog::AuditEntry& entry = *shown;
    if (tenant != catalog::kSysTenantId && entry.who.tenant_id != tenant) continue;
    const ClientPlace client = place_of(entry.who.address);
    table.add({std::string(kServerIp),
               kServerPort,
               entry.id == 0 ? Value() : Value(entry.id),
               static_cast<std::int64_t>(entry.connection_id),
               client.ip,
               client.port,
               entry.who.tenant_id,
               entry.who.tenant,
               entry.works_in_id,
               entry.works_in,
               entry.who.user,
               std::string(entry.what),
               entry.tls,
               entry.statement,
               std::int64_t{entry.ob_code != 0 ? entry.ob_code : entry.code},
               entry.error,
               entry.note,
               entry.answer,
               entry.changes,
               entry.time,
               entry.microseconds});
  }
}

}  // namespace

void register_audit_source(catalog::Dictionary& dictionary, Services& services) {
  add_source(dictionary, catalog::source::kAudit,
             columns({{"SVR_IP", "varchar(46)", "NO"},
                      {"SVR_PORT", "bigint(20)", "NO"},
                      {"REQUEST_ID", "bigint(20)", "YES"},
                      {"SID", "bigint(20)", "NO"},
                      {"CLIENT_IP", "varchar(46)", "NO"},
                      {"CLIENT_PORT", "bigint(20)", "NO"},
                      {"TENANT_ID", "bigint(20)", "NO"},
                      {"TENANT_NAME", "varchar(64)", "NO"},
                      {"EFFECTIVE_TENANT_ID", "bigint(20)", "NO"},
                      {"EFFECTIVE_TENANT_NAME", "varchar(64)", "NO"},
                      {"USER_NAME", "varchar(128)", "NO"},
                      {"KIND", "varchar(16)", "NO"},
                      {"TLS", "varchar(16)", "NO"},
                      {"QUERY_SQL", "longtext", "NO"},
                      {"RET_CODE", "bigint(20)", "NO"},
                      {"ERROR", "varchar(512)", "NO"},
                      {"NOTE", "varchar(512)", "NO"},
                      {"DESTINATION", "varchar(1024)", "NO"},
                      {"CHANGES", "longtext", "NO"},
                      {"REQUEST_TIME", "bigint(20)", "NO"},
                      {"ELAPSED_TIME", "bigint(20)", "NO"}}),
             [&services](const catalog::QueryContext& context, catalog::RowTable& table) {
               audit_rows(services, context, table);
             });
}

}  // namespace breakwater::server::execute
