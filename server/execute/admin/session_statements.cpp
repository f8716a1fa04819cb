#include <charconv>
#include <utility>

#include "base/limits.h"
#include "server/execute/admin/statements.h"
#include "server/execute/context/privileges.h"
#include "server/execute/context/schemas.h"

namespace breakwater::server::execute {

// A comment alone does nothing; nothing at all is an error.
Result<Outcome> empty_statement(const Statement& statement, const ast::EmptyStatement& /*empty*/) {
  const bool comment = statement.text.find_first_not_of(" \t\r\n\f\v;") != std::string_view::npos;
  if (comment) return Outcome{};
  return fail(error::empty_query());
}

Result<Outcome> foreign_statement(const Statement& /*statement*/, const ast::ForeignStatement& foreign) {
  return fail(error::not_supported(foreign.head));
}

Result<Outcome> no_operation(const Statement& /*statement*/, const ast::NoOperation& /*operation*/) {
  return Outcome{};
}

// After FLUSH PRIVILEGES each login by caching_sha2_password goes the full way, which costs everybody: it isn't for any account.
Result<Outcome> flush(const Statement& statement, const ast::Flush& flush) {
  if (flush.privileges) {
    BW_CHECK(require(statement, catalog::privilege::kCreateUser, "CREATE USER"));
    statement.services.passwords().clear();
  }
  return Outcome{};
}

Result<Outcome> begin_transaction(const Statement& statement, const ast::Begin& /*begin*/) {
  statement.session.begin_transaction();
  return Outcome{};
}

Result<Outcome> commit(const Statement& statement, const ast::Commit& /*commit*/) {
  statement.session.end_transaction();
  return Outcome{};
}

Result<Outcome> rollback(const Statement& statement, const ast::Rollback& /*rollback*/) {
  statement.session.end_transaction();
  return Outcome{};
}

Result<Outcome> use_schema(const Statement& statement, const ast::Use& use) {
  return use_schema(statement, use.schema);
}

Result<Outcome> use_schema(const Statement& statement, std::string_view name) {
  session::SessionState& session = statement.session;
  const auto mode =
      session.is_oracle() ? catalog::CompatibilityMode::oracle : catalog::CompatibilityMode::mysql;
  auto schema = find_schema(statement.services.dictionary(), mode, session.identity().account.user, name);
  if (!schema) return fail(error::bad_database(name));
  session.set_database(*std::move(schema));
  return Outcome{.affected_rows = 0, .schema_changed = true};
}

namespace {

// An account that has lost its right to be elsewhere must find back.
bool goes_home(const session::SessionState& session, const ast::ChangeTenant& change) {
  if (session.in_sys()) return false;
  return change.id ? *change.id == std::uint64_t{catalog::kSysTenantId}
                   : change.name == catalog::kSysTenantName;
}

}  // namespace

Result<Outcome> change_tenant(const Statement& statement, const ast::ChangeTenant& change) {
  session::SessionState& session = statement.session;
  if (!session.identity().is_sys()) return fail(error::no_privilege());
  if (!goes_home(session, change)) BW_CHECK(require_alter_system_and_super(statement));
  if (session.in_transaction())
    return fail(error::op_not_allow("change tenant which has active transaction"));
  if (session.prepared_statements != 0) {
    return fail(error::op_not_allow("change tenant when has prepared stmt already opened in session"));
  }
  if (!change.id && change.name.size() > limits::kMaxTenantName)
    return fail(error::too_long_ident(change.name));
  auto tenant = change.id ? statement.reader().tenants().find(static_cast<catalog::TenantId>(*change.id))
                          : statement.reader().tenants().find(change.name);
  if (!tenant) return fail(std::move(tenant).error());
  if (!*tenant) {
    if (change.id) return fail(error::tenant_not_exist());
    return fail(error::invalid_tenant_name());
  }
  if ((*tenant)->id != session.tenant().id) session.change_tenant(**std::move(tenant));
  return Outcome{.affected_rows = 0, .schema_changed = true};
}

namespace {

/// Converts to a number as MySQL does. Text that isn't a number is 0, which is no connection's id.
std::uint64_t to_id(const catalog::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<std::uint64_t>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  std::uint64_t id = 0;
  if (const auto* text = std::get_if<std::string>(&value))
    std::from_chars(text->data(), text->data() + text->size(), id);
  return id;
}

}  // namespace

Result<Outcome> kill(const Statement& statement, const catalog::Value& id, Interrupt how) {
  return kill(statement, to_id(id), how);
}

Result<Outcome> kill(const Statement& statement, std::uint64_t id, Interrupt how) {
  using enum session::Registry::KillOutcome;
  const session::Identity& who = statement.session.identity();
  BW_TRY(const bool super, holds(statement, catalog::privilege::kSuper));
  // Only an administrator of sys can see other tenants' connections.
  const auto may = [&](const session::ProcessInfo& process) {
    const bool own_tenant = process.login_tenant_id == who.account.tenant_id;
    if (!own_tenant && !(who.is_sys() && super)) return unknown;
    const bool own = own_tenant && process.user == who.account.user;
    return own || super ? done : refused;
  };
  switch (statement.services.registry().kill(id, how, may)) {
    case done:
      // A client that kills its own connection gets an error before it ends.
      if (id == who.connection_id) return fail(error::query_interrupted());
      return Outcome{};
    case refused:
      return fail(error::kill_denied(std::to_string(id)));
    case unknown:
      break;
  }
  return fail(error::no_such_thread(std::to_string(id)));
}

}  // namespace breakwater::server::execute
