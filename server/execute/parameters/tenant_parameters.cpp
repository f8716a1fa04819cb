#include "server/execute/parameters/tenant_parameters.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "server/execute/parameters/backup_schedule.h"
#include "server/execute/parameters/check_interval.h"
#include "server/execute/parameters/config_time.h"
#include "server/execute/parameters/options.h"

namespace breakwater::server::execute {
namespace {

using Kind = TenantParameter::Kind;

constexpr std::int64_t kMiB = std::int64_t{1} << 20U;

constexpr std::array kParameters = {
    TenantParameter{"archive_lag_target", Kind::duration, false, "120s", 0, 7'200'000, "LOGSERVICE",
                    "the maximum delay of archiving behind the log. Range: [0ms,7200s]"},
    TenantParameter{"backup_data_file_size", Kind::capacity, false, "4G", 512 * kMiB, 4096 * kMiB, "OBSERVER",
                    "backup data file size. Range: [512M,4G]"},
    TenantParameter{
        kCheckInterval, Kind::check_interval, false, "", 0, 0, "OBSERVER",
        "how often the tenant's destinations are proved again. Range: 0 (never) or [1m,30d]; empty: as the "
        "setting destination_check_interval says"},
    TenantParameter{
        "backup_encryption_password", Kind::password, true, "", 0, 128, "OBSERVER",
        "the password that opens the log archive's rounds which begin from now on. Range: at most 128 bytes; "
        "empty: none"},
    TenantParameter{
        "external_kms_info", Kind::json, true, "", 0, 0, "OBSERVER",
        "when using the external key management, this parameter stores the connection's information"},
    TenantParameter{
        "ha_high_thread_score", Kind::integer, false, "0", 0, 100, "OBSERVER",
        "the current work thread score of high availability high thread. Range: [0,100] in integer. "
        "Especially, 0 means default value"},
    TenantParameter{
        "ha_low_thread_score", Kind::integer, false, "0", 0, 100, "OBSERVER",
        "the current work thread score of high availability low thread. Range: [0,100] in integer. "
        "Especially, 0 means default value"},
    TenantParameter{
        "log_archive_concurrency", Kind::integer, false, "0", 0, 100, "LOGSERVICE",
        "concurrency of log archive. Range: [0,100] in integer. Especially, 0 means default value"},
    TenantParameter{"tde_method", Kind::tde_method, false, "none", 0, 0, "OBSERVER",
                    "the method of transparent data encryption: none, internal or bkmi"},
    // The last one: only a server that makes backups knows it.
    TenantParameter{
        kBackupSchedule, Kind::schedule, false, "", 0, 0, "OBSERVER",
        "when backups are made: 'full=0 2 * * 0; incremental=0 2 * * 1-6; validate=0 5 * * 0', each "
        "with cron's five fields in the tenant's time zone; empty: none"},
};

std::optional<std::int64_t> milliseconds(std::string_view text) {
  const auto time = parse_config_time(text);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::milliseconds>(*time).count();
}

Result<> in_range(const TenantParameter& parameter, std::optional<std::int64_t> value) {
  if (!value || *value < parameter.min || *value > parameter.max) {
    return fail(
        error::invalid_config().with_hint(std::string(parameter.name) + ": " + std::string(parameter.info)));
  }
  return {};
}

}  // namespace

std::span<const TenantParameter> tenant_parameters() {
  return kParameters;
}

const TenantParameter* find_tenant_parameter(std::string_view name) {
  const auto served = tenant_parameters();
  const auto row = std::ranges::find(served, name, &TenantParameter::name);
  return row == served.end() ? nullptr : &*row;
}

Result<> check_parameter(const TenantParameter& parameter, std::string_view value) {
  switch (parameter.kind) {
    case Kind::integer:
      return in_range(parameter, whole_number<std::int64_t>(value));
    case Kind::duration:
      return in_range(parameter, milliseconds(value));
    case Kind::capacity:
      return in_range(parameter, parse_capacity(value));
    case Kind::tde_method:
      if (value != "none" && value != "internal" && value != "bkmi") {
        return fail(error::not_supported("alter invalid tde_method"));
      }
      return {};
    case Kind::password:
      return in_range(parameter, static_cast<std::int64_t>(value.size()));
    case Kind::check_interval:
      return value.empty() || check_interval(value) ? Result<>() : in_range(parameter, std::nullopt);
    case Kind::schedule:
      BW_CHECK(parse_backup_schedule(value));
      return {};
    case Kind::json:
      if (!value.empty() && !nlohmann::json::accept(value)) {
        return fail(
            error::invalid_config().with_hint(std::string(parameter.name) + " must be a JSON object"));
      }
      return {};
  }
  return {};
}

bool is_backup_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"data_backup_dest", "log_archive_dest",
                                                      "log_archive_dest_state", "log_restore_source"};
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  for (const std::string_view prefix : {"log_archive_dest_state_", "log_archive_dest_"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view number = name.substr(prefix.size());
    if (number.size() == 1 && number[0] >= '1' && number[0] <= '8') return true;
  }
  return false;
}

}  // namespace breakwater::server::execute
