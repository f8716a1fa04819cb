#include "catalog/store/archive.h"

#include "base/text.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

class SqliteArchiveReader final : public OnSqlite<ArchiveReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<ArchiveDest>> destination(TenantId tenant) override {
    BW_TRY(const auto path, attribute(tenant, "path"));
    if (!path) return std::nullopt;
    BW_TRY(const auto binding, attribute(tenant, "binding"));
    BW_TRY(const auto dest_id, attribute(tenant, "dest_id"));
    BW_TRY(const auto interval, attribute(tenant, "piece_switch_interval"));
    BW_TRY(const auto state, attribute(tenant, "state"));
    return ArchiveDest{.path = *path,
                       .binding = binding.value_or(""),
                       .dest_id = whole_number<std::int64_t>(dest_id.value_or("")).value_or(0),
                       .piece_switch_interval = interval.value_or(""),
                       .state = state.value_or("")};
  }

 private:
  Result<std::optional<std::string>> attribute(TenantId tenant, std::string_view name) {
    return first_row(connection().query("SELECT value FROM log_archive_dest"
                                        " WHERE tenant_id = ? AND dest_no = 0 AND name = ?",
                                        tenant, name),
                     string_of);
  }
};

class SqliteArchiveWriter final : public OnSqlite<ArchiveWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> set_destination(TenantId tenant, const ArchiveDest& dest) override {
    BW_CHECK(forget(tenant));
    BW_CHECK(set_attribute(tenant, "path", dest.path));
    BW_CHECK(set_attribute(tenant, "binding", dest.binding));
    BW_CHECK(set_attribute(tenant, "dest_id", std::to_string(dest.dest_id)));
    BW_CHECK(set_attribute(tenant, "piece_switch_interval", dest.piece_switch_interval));
    return set_attribute(tenant, "state", dest.state);
  }

  Result<> clear_destination(TenantId tenant) override {
    BW_CHECK(forget(tenant));
    BW_CHECK(forget_file_systems(with(), tenant, DestinationKind::log_archive_dest));
    return record_event(with(), "clear_log_archive_dest", {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

  Result<> set_state(TenantId tenant, std::string_view state) override {
    BW_CHECK(require_tenant(with(), tenant));
    return set_attribute(tenant, "state", state);
  }

  Result<> set_archivelog(TenantId tenant, bool on) override {
    BW_TRY(const Tenant before, require_tenant(with(), tenant));
    if (before.archivelog == on)
      return fail(on ? error::already_in_archive_mode() : error::already_in_noarchive_mode());
    BW_CHECK(connection().run("UPDATE tenant SET log_mode = ?2, modify_time = ?3 WHERE tenant_id = ?1",
                              tenant, std::string_view(on ? "ARCHIVELOG" : "NOARCHIVELOG"),
                              with().clock.now()));
    return {};
  }

 private:
  Result<> forget(TenantId tenant) {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(connection().run("DELETE FROM log_archive_dest WHERE tenant_id = ?", tenant));
    return {};
  }

  Result<> set_attribute(TenantId tenant, std::string_view name, std::string_view value) {
    BW_CHECK(
        connection().run("INSERT INTO log_archive_dest(tenant_id, dest_no, name, value) VALUES (?, 0, ?, ?)"
                         " ON CONFLICT DO UPDATE SET value = excluded.value",
                         tenant, name, value));
    return {};
  }
};

}  // namespace

std::unique_ptr<ArchiveReader> archive_on(const Reading& with) {
  return std::make_unique<SqliteArchiveReader>(with);
}

std::unique_ptr<ArchiveWriter> archive_on(const Writing& with) {
  return std::make_unique<SqliteArchiveWriter>(with);
}

}  // namespace breakwater::catalog
