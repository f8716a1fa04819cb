// The server's row for the views of servers, zones and units: its address, its start, and the machine's
// resources.
#include <charconv>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "server/execute/sources/table_source.h"

namespace breakwater::server::execute {
namespace {

using catalog::Value;

// The port of the first address; none if the system chose it or there is only a unix socket.
Value sql_port(const Settings& settings) {
  if (settings.listen.empty()) return {};
  const std::string_view address = settings.listen.front();
  const std::string_view digits = address.substr(address.rfind(':') + 1);
  std::int64_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port == 0 ? Value() : Value(port);
}

// The version of version_comment, without OceanBase's name.
std::string build_version() {
  constexpr std::string_view kName = "OceanBase ";
  const auto index = session::find_variable("version_comment");
  std::string_view comment = session::variable_table()[index.value_or(0)].default_value;
  if (comment.starts_with(kName)) comment.remove_prefix(kName.size());
  return std::string(comment);
}

std::int64_t memory() {
  return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
}

void server_row(Services& services, Timestamp started, catalog::RowTable& table) {
  const auto settings = services.settings();
  std::error_code ignored;
  const auto disk = std::filesystem::space(settings->data_dir, ignored);
  const bool known = !ignored;
  table.add({std::string(kServerIp), kServerPort, std::string(kZone), sql_port(*settings), started,
             build_version(), static_cast<std::int64_t>(std::thread::hardware_concurrency()), memory(),
             static_cast<std::int64_t>(known ? disk.capacity : 0),
             static_cast<std::int64_t>(known ? disk.capacity - disk.free : 0)});
}

}  // namespace

void register_server_source(catalog::Dictionary& dictionary, Services& services) {
  const Timestamp started = services.clock().now();
  add_source(dictionary, catalog::source::kServer,
             columns({{"SVR_IP", "varchar(46)", "NO"},
                      {"SVR_PORT", "bigint(20)", "NO"},
                      {"ZONE", "varchar(128)", "NO"},
                      {"SQL_PORT", "bigint(20)", "YES"},
                      {"START_TIME", "timestamp(6)", "NO"},
                      {"BUILD_VERSION", "varchar(256)", "NO"},
                      {"CPUS", "bigint(20)", "NO"},
                      {"MEMORY", "bigint(20)", "NO"},
                      {"DISK", "bigint(20)", "NO"},
                      {"DISK_IN_USE", "bigint(20)", "NO"}}),
             [&services, started](const catalog::QueryContext&, catalog::RowTable& table) {
               server_row(services, started, table);
             });
}

}  // namespace breakwater::server::execute
