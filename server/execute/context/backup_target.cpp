#include "server/execute/context/backup_target.h"

#include <string>
#include <string_view>
#include <utility>

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kNoDestination = "backup dest is not set.";
constexpr std::string_view kNoArchive = "log archive status is not doing.";

Result<> check_archive(catalog::Reader& reader, catalog::TenantId tenant) {
  BW_TRY(const auto round, reader.archive().round(tenant));
  if (round && round->status == catalog::RoundStatus::doing) return {};
  return fail(error::backup_can_not_start(kNoArchive));
}

Result<> check_not_twice(catalog::Reader& reader, catalog::TenantId tenant, catalog::TenantId initiator) {
  BW_TRY(const bool running, reader.jobs().is_running(tenant, initiator));
  if (running) return fail(error::backup_in_progress());
  return {};
}

Result<catalog::BackupTarget> target_of(catalog::Reader& reader, catalog::TenantId tenant,
                                        const Error& missing) {
  BW_TRY(const auto destination, reader.destinations().current(tenant));
  if (!destination) return fail(missing);
  const catalog::DestinationKey& key = destination->key;
  std::string path = key.path;
  if (!key.endpoint.empty()) path.append("?").append(key.endpoint);
  BW_TRY(const bool room, reader.jobs().has_room(tenant));
  if (!room) return fail(catalog::no_room_for_set());
  return catalog::BackupTarget{
      .tenant_id = tenant, .path = std::move(path), .destination = key, .dest_id = destination->dest_id};
}

}  // namespace

Result<catalog::BackupTarget> own_target(catalog::Reader& reader, catalog::TenantId tenant) {
  BW_TRY(auto target, target_of(reader, tenant, error::backup_can_not_start()));
  BW_CHECK(check_not_twice(reader, tenant, tenant));
  BW_CHECK(check_archive(reader, tenant));
  return target;
}

Result<catalog::BackupTarget> listed_target(catalog::Reader& reader, catalog::TenantId tenant) {
  BW_CHECK(check_archive(reader, tenant));
  BW_CHECK(check_not_twice(reader, tenant, catalog::kSysTenantId));
  return target_of(reader, tenant, error::backup_can_not_start(kNoDestination));
}

}  // namespace breakwater::server::execute
