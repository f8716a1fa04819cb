#include "catalog/store/events.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

struct Detail {
  std::string_view name{};
  std::string_view value{};
};

Detail detail(const Event& event, std::size_t index) {
  if (index >= event.details.size()) return {};
  const auto& [name, value] = event.details[index];
  return {name, value};
}

/// "root@sys": the user and its tenant.
std::string actor_of(const Origin& origin) {
  return origin.tenant.empty() ? origin.user : origin.user + "@" + origin.tenant;
}

void remember_event(const Writing& with, Event event) {
  if (with.job.events.size() < EventWriter::kMaxOfJob) with.job.events.push_back(std::move(event));
}

/// With whose events one is counted, and its number among them.
struct Place {
  TenantId kept_for = 0;  ///< 0: the tenant is gone, or it is nobody's
  std::int64_t number = 0;
};

Result<std::int64_t> newest_number(const Writing& with, TenantId kept_for) {
  BW_TRY(const auto newest,
         with.connection.integer("SELECT MAX(number) FROM backup_event WHERE kept_for = ?", kept_for));
  return newest.value_or(0);
}

Result<Place> place_of(const Writing& with, TenantId tenant) {
  BW_TRY(const auto there,
         with.connection.integer("SELECT tenant_id FROM tenant WHERE tenant_id = ?", tenant));
  BW_TRY(const std::int64_t newest, newest_number(with, there.value_or(0)));
  return Place{there.value_or(0), newest + 1};
}

Result<> forget_old_events(const Writing& with, const Place& newest) {
  const bool user = newest.kept_for > kSysTenantId;
  const std::int64_t kept = user ? EventWriter::kKeptEvents : EventWriter::kKeptOfSys;
  BW_CHECK(with.connection.run("DELETE FROM backup_event WHERE kept_for = ? AND number <= ?", newest.kept_for,
                               newest.number - kept));
  return {};
}

class SqliteEventWriter final : public OnSqlite<EventWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> record(Event event) override {
    event.details.resize(std::min(event.details.size(), Event::kMaxDetails));
    for (auto& [name, value] : event.details) value.resize(whole_characters(value, Event::kMaxValue).size());
    const std::array details{detail(event, 0), detail(event, 1), detail(event, 2)};
    BW_TRY(const std::int64_t id, next_of_counter(with(), "event_id", 1));
    BW_TRY(const Place place, place_of(with(), event.tenant_id));
    const Origin& origin = with().job.origin;
    BW_CHECK(connection().run(
        "INSERT INTO backup_event(event_id, time, tenant_id, event, path, endpoint, dest_id, module, actor,"
        " actor_tenant_id, address, name2, value2, name3, value3, name4, value4, kept_for, number)"
        " VALUES (?, ?, ?, ?, '', '', NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id, with().clock.now(), event.tenant_id, event.event, event.module, actor_of(origin),
        origin.tenant_id, origin.address, details[0].name, details[0].value, details[1].name,
        details[1].value, details[2].name, details[2].value, place.kept_for, place.number));
    BW_CHECK(forget_old_events(with(), place));
    remember_event(with(), std::move(event));
    return {};
  }

  const std::vector<Event>& of_job() const override { return with().job.events; }
};

}  // namespace

std::unique_ptr<EventWriter> events_on(const Writing& with) {
  return std::make_unique<SqliteEventWriter>(with);
}

// Of a place. Its columns are of the time when there were no other events.
Result<> record_event(const Writing& with, std::string_view event, const DestinationKey& key,
                      std::optional<std::int64_t> dest_id) {
  BW_TRY(const std::int64_t id, next_of_counter(with, "event_id", 1));
  BW_TRY(const Place place, place_of(with, key.tenant_id));
  const Origin& origin = with.job.origin;
  BW_CHECK(with.connection.run(
      "INSERT INTO backup_event(event_id, time, tenant_id, event, path, endpoint, dest_id, actor,"
      " actor_tenant_id, address, kept_for, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, with.clock.now(), key.tenant_id, event, key.path, key.endpoint, dest_id, actor_of(origin),
      origin.tenant_id, origin.address, place.kept_for, place.number));
  BW_CHECK(forget_old_events(with, place));
  Event told{.module = "backup", .event = event, .tenant_id = key.tenant_id};
  if (!key.path.empty()) told.details.emplace_back("path", key.path);
  if (!key.endpoint.empty()) told.details.emplace_back("endpoint", key.endpoint);
  if (dest_id) told.details.emplace_back("dest_id", std::to_string(*dest_id));
  remember_event(with, std::move(told));
  return {};
}

// Their numbers go on without a gap, which would count as events.
Result<> keep_events_of_dropped(const Writing& with, TenantId tenant) {
  BW_TRY(const auto oldest,
         with.connection.integer("SELECT MIN(number) FROM backup_event WHERE kept_for = ?", tenant));
  if (!oldest) return {};
  BW_TRY(const std::int64_t newest, newest_number(with, tenant));
  BW_TRY(const std::int64_t before, newest_number(with, 0));
  const std::int64_t shift = before + 1 - *oldest;
  BW_CHECK(with.connection.run("UPDATE backup_event SET kept_for = 0, number = number + ? WHERE kept_for = ?",
                               shift, tenant));
  return forget_old_events(with, {0, newest + shift});
}

}  // namespace breakwater::catalog
