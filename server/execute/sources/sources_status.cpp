// SHOW STATUS: the counters of the server and its sessions. The session scope shows the session's own
// statements.
#include <algorithm>
#include <chrono>

#include "server/execute/sources/table_source.h"

namespace breakwater::server::execute {
namespace {

using catalog::RowTable;
using Row = std::pair<std::string, std::string>;

void add_number(std::vector<Row>& rows, std::string_view name, std::uint64_t value) {
  rows.emplace_back(name, std::to_string(value));
}

/// The rows that are the same in both scopes.
std::vector<Row> of_server(Services& services, std::chrono::steady_clock::time_point started) {
  std::vector<Row> rows;
  const auto processes = services.registry().list();
  const auto running = std::ranges::count_if(processes, [](const auto& process) { return process.running; });
  // The steady clock, since nobody can set it.
  const auto uptime = std::chrono::steady_clock::now() - started;
  add_number(rows, "Max_used_connections", services.registry().most());
  add_number(rows, "Threads_connected", processes.size());
  // The session that asks runs too, although a short SELECT isn't registered as running.
  add_number(rows, "Threads_running", static_cast<std::uint64_t>(std::max<std::int64_t>(running, 1)));
  add_number(rows, "Uptime",
             static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(uptime).count()));
  return rows;
}

void add_network(std::vector<Row>& rows, const ServerCounters& network) {
  add_number(rows, "Aborted_connects", network.login_failures);
  add_number(rows, "Bytes_received", network.bytes_in);
  add_number(rows, "Bytes_sent", network.bytes_out);
  add_number(rows, "Connection_errors_max_connections", network.refused);
  add_number(rows, "Connections", network.accepted);
  add_number(rows, "Queries", network.commands);
}

void status(Services& services, std::chrono::steady_clock::time_point started,
            const catalog::QueryContext& context, RowTable& table) {
  const session::Identity& who = session_of(context).identity();
  for (const bool global : {false, true}) {
    std::vector<Row> rows = of_server(services, started);
    if (global) add_network(rows, services.network().read());
    add_number(rows, "Prepared_stmt_count", services.prepared_counts().of(who.account.tenant_id));
    const std::string_view compression = global ? std::string_view() : who.compression;
    rows.emplace_back("Compression", compression.empty() ? "OFF" : "ON");
    rows.emplace_back("Compression_algorithm", compression);
    rows.emplace_back("Ssl_cipher", global ? "" : who.tls_cipher);
    rows.emplace_back("Ssl_version", global ? "" : who.tls_version);
    const session::CounterValues counts =
        global ? services.registry().total_counts() : services.registry().counts_of(who.connection_id);
    for (std::size_t i = 0; i < counts.size(); ++i) add_number(rows, session::kCounterNames[i], counts[i]);
    std::ranges::sort(rows);
    for (Row& row : rows)
      table.add({std::string(global ? "GLOBAL" : "SESSION"), std::move(row.first), std::move(row.second)});
  }
}

}  // namespace

void register_status_source(catalog::Dictionary& dictionary, Services& services) {
  const auto started = std::chrono::steady_clock::now();
  add_source(dictionary, catalog::source::kStatus,
             columns({{"SCOPE", "varchar(7)", "NO"},
                      {"VARIABLE_NAME", "varchar(64)", "NO"},
                      {"VARIABLE_VALUE", "varchar(1024)", "YES"}}),
             [&services, started](const catalog::QueryContext& context, RowTable& table) {
               status(services, started, context, table);
             });
}

}  // namespace breakwater::server::execute
