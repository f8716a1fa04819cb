#include "server/execute/backup/key_watch.h"

#include <chrono>
#include <string>
#include <vector>

#include "server/execute/context/await.h"

namespace breakwater::server::execute {
namespace {

constexpr std::chrono::hours kPause{1};
/// Tenants that one line names.
constexpr std::size_t kNamed = 20;

std::string named(const catalog::KeyStatus& status) {
  const std::string who =
      status.tenant_name.empty() ? "dropped tenant " + std::to_string(status.tenant_id) : status.tenant_name;
  return who + " " + status.status;
}

Result<> tell_at_risk(Services& services) {
  BW_TRY(Lane * lane, services.lane());
  BW_TRY(const std::vector<catalog::KeyStatus> at_risk, lane->reader->keys().at_risk(kNamed + 1));
  if (at_risk.empty()) return {};
  std::string text;
  for (std::size_t i = 0; i < std::min(at_risk.size(), kNamed); ++i)
    text += (i == 0 ? "" : ", ") + named(at_risk[i]);
  if (at_risk.size() > kNamed) text += " and others";
  services.log().warning("master keys at risk: " + text +
                         "; ALTER SYSTEM BACKUP KEY ends that, CDB_OB_BACKUP_KEY_STATUS has every tenant");
  return {};
}

}  // namespace

Task<> watch_keys(Services& services) {
  Housekeeper& housekeeper = services.housekeeper();
  while (!housekeeper.cancellation().cancelled()) {
    const auto told = tell_at_risk(services);
    if (!told) services.log().warning("which keys are backed up can't be read: " + told.error().text());
    const Deadline until = deadline_in(kPause);
    co_await storage::sleep_until(until, {until, &housekeeper.cancellation()});
  }
}

}  // namespace breakwater::server::execute
