#include "server/execute/backup/destination_limit.h"

#include <string>

namespace breakwater::server::execute {

Result<> check_destination_limit(const Statement& statement, const catalog::DestinationKey& key) {
  constexpr std::int64_t kPercent = 100;
  constexpr std::int64_t kNoted = 90;
  BW_TRY(const auto there, statement.reader().destinations().find(key));
  if (there) return {};
  BW_TRY(const std::int64_t count, statement.reader().destinations().count(key.tenant_id));
  const std::int64_t limit = statement.services.settings()->max_destinations;
  const std::string counted = "the tenant has " + std::to_string(count) + " of " + std::to_string(limit) +
                              " destinations that it can have, key backups among them";
  if (count >= limit) {
    return fail(error::size_overflow().with_hint(
        counted + ": use one that it has already, or have the setting max_destinations raised"));
  }
  if (count + 1 >= limit * kNoted / kPercent) statement.session.diagnostics.note(counted);
  return {};
}

}  // namespace breakwater::server::execute
