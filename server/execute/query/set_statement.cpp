#include "server/execute/query/set_statement.h"

#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "catalog/values/charsets.h"
#include "catalog/values/oracle_format.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

using session::VariableHome;
using session::VariableIndex;
using session::VariableInput;
using session::VariableSpec;

struct SessionChange {
  VariableIndex index;
  std::string value;
};

struct UserChange {
  std::string name;
  catalog::Value value;
};

/// What a SET will do after all of it has been checked.
struct Changes {
  std::vector<SessionChange> session;
  std::vector<GlobalChange> global;
  std::vector<UserChange> user;
  std::vector<std::string> clamped;  ///< variables whose value was out of range, as the warning names them
  Values values;                     ///< of the expressions, in order
  std::size_t used = 0;

  catalog::Value next_value() { return used < values.size() ? std::move(values[used++]) : catalog::Value{}; }
};

VariableIndex index_of(std::string_view name) {
  return session::find_variable(name).value_or(0);
}

bool is_number_text(const ast::Expr& expr) {
  const auto* literal = std::get_if<ast::Literal>(&expr.node);
  return literal != nullptr &&
         (literal->kind == ast::LiteralKind::decimal || literal->kind == ast::LiteralKind::real);
}

VariableInput to_input(const catalog::Value& value, const ast::Expr& expr) {
  using Kind = VariableInput::Kind;
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return {.kind = Kind::integer, .integer = *number, .text = {}};
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return {.kind = Kind::integer,
            .integer = static_cast<std::int64_t>(std::min<std::uint64_t>(*number, INT64_MAX)),
            .text = {}};
  }
  if (const auto* number = std::get_if<double>(&value))
    return {.kind = Kind::real, .integer = 0, .text = std::to_string(*number)};
  if (const auto* text = std::get_if<std::string>(&value)) {
    return {.kind = is_number_text(expr) ? Kind::real : Kind::text, .integer = 0, .text = *text};
  }
  return {};
}

Result<> check_scope(const VariableSpec& spec, bool global) {
  if (spec.read_only) return fail(error::var_read_only(spec.name));
  if (global && spec.home == VariableHome::session_only) return fail(error::var_local(spec.name));
  if (!global && spec.home == VariableHome::global_only) return fail(error::var_global(spec.name));
  return {};
}

// Adds variables that change together with another one: the same variable under the name of another MySQL
// version, and those that are derived from it.
void add_followers(std::string_view name, const std::string& value, std::vector<SessionChange>& changes) {
  const auto add = [&](std::string_view follower, std::string_view text) {
    changes.push_back({index_of(follower), std::string(text)});
  };
  const auto charset_of = [&] { return catalog::find_collation_info(value)->charset; };
  const auto collation_of = [&] { return catalog::find_character_set(value)->default_collation; };
  if (name == "tx_isolation") add("transaction_isolation", value);
  if (name == "transaction_isolation") add("tx_isolation", value);
  if (name == "tx_read_only") add("transaction_read_only", value);
  if (name == "transaction_read_only") add("tx_read_only", value);
  if (name == "collation_connection") add("character_set_connection", charset_of());
  if (name == "character_set_connection") add("collation_connection", collation_of());
  if (name == "collation_server") add("character_set_server", charset_of());
  if (name == "character_set_server") add("collation_server", collation_of());
  if (name == "collation_database") add("character_set_database", charset_of());
  if (name == "character_set_database") add("collation_database", collation_of());
}

Result<std::string> new_value(const Statement& statement, const VariableSpec& spec,
                              const ast::VariableAssignment& assignment, bool global, Changes& changes) {
  if (!assignment.value) {
    if (global) return std::string(spec.default_value);
    return statement.services.globals().get(statement.session.tenant().id, index_of(spec.name));
  }
  const VariableInput input = to_input(changes.next_value(), *assignment.value);
  BW_TRY(session::CheckedValue checked, session::check_variable(spec, input));
  if (spec.name.starts_with(session::kOracleVariables) && spec.name.ends_with("_format"))
    BW_CHECK(catalog::oracle::format_date(0, checked.value, 0));
  if (checked.clamped)
    changes.clamped.push_back(std::string(spec.name) + " value: '" + std::to_string(input.integer) + "'");
  return std::move(checked.value);
}

Result<> check_name(const Statement& statement, const ast::VariableAssignment& assignment) {
  if (assignment.user_variable) return {};
  const auto index = session::find_variable(assignment.name);
  const bool of_oracle = ascii_lower(assignment.name).starts_with(session::kOracleVariables);
  if (!index || (of_oracle && !statement.session.is_oracle()))
    return fail(error::var_unknown(assignment.name));
  const bool global = assignment.scope == ast::VariableScope::global;
  BW_CHECK(check_scope(session::variable_table()[*index], global));
  return global ? require(statement, catalog::privilege::kSuper, "SUPER") : Result<>();
}

Result<> plan_item(const Statement& statement, const ast::VariableAssignment& assignment, Changes& changes) {
  if (assignment.user_variable) {
    changes.user.push_back({assignment.name, changes.next_value()});
    return {};
  }
  const VariableIndex index = index_of(assignment.name);
  const VariableSpec& spec = session::variable_table()[index];
  const bool global = assignment.scope == ast::VariableScope::global;
  BW_TRY(std::string value, new_value(statement, spec, assignment, global, changes));
  if (global) {
    changes.global.push_back({index, std::move(value)});
  } else {
    add_followers(spec.name, value, changes.session);
    changes.session.push_back({index, std::move(value)});
  }
  return {};
}

Result<> plan_item(const Statement& /*statement*/, const ast::SetNames& names, Changes& changes) {
  const auto* charset = catalog::find_character_set(names.charset.empty() ? "utf8mb4" : names.charset);
  if (charset == nullptr || !session::is_served(*charset)) return fail(error::charset_unknown(names.charset));
  const auto* collation = catalog::find_collation_info(
      names.collation.empty() ? charset->default_collation : std::string_view(names.collation));
  if (collation == nullptr) return fail(error::collation_unknown(names.collation));
  if (collation->charset != charset->name)
    return fail(error::collation_charset_mismatch(names.collation, charset->name));
  for (const std::string_view name :
       {"character_set_client", "character_set_results", "character_set_connection"}) {
    changes.session.push_back({index_of(name), std::string(charset->name)});
  }
  changes.session.push_back({index_of("collation_connection"), std::string(collation->name)});
  return {};
}

Result<> plan_item(const Statement& statement, const ast::SetTransaction& transaction, Changes& changes) {
  const auto add = [&](std::string_view name, const std::string& value) -> Result<> {
    if (transaction.scope == ast::VariableScope::global) {
      BW_CHECK(require(statement, catalog::privilege::kSuper, "SUPER"));
      changes.global.push_back({index_of(name), value});
    } else {
      changes.session.push_back({index_of(name), value});
    }
    return {};
  };
  if (!transaction.isolation.empty()) {
    BW_CHECK(add("tx_isolation", transaction.isolation));
    BW_CHECK(add("transaction_isolation", transaction.isolation));
  }
  if (transaction.read_only) {
    BW_CHECK(add("tx_read_only", *transaction.read_only ? "ON" : "OFF"));
    BW_CHECK(add("transaction_read_only", *transaction.read_only ? "ON" : "OFF"));
  }
  return {};
}

}  // namespace

Result<> check_names(const Statement& statement, const ast::Set& set) {
  for (const auto& item : set.items) {
    if (const auto* assignment = std::get_if<ast::VariableAssignment>(&item))
      BW_CHECK(check_name(statement, *assignment));
  }
  return {};
}

Exprs expressions_of(const ast::Set& set) {
  Exprs exprs;
  exprs.reserve(set.items.size());
  for (const auto& item : set.items) {
    const auto* assignment = std::get_if<ast::VariableAssignment>(&item);
    if (assignment != nullptr && assignment->value != nullptr) exprs.push_back(assignment->value.get());
  }
  return exprs;
}

Result<std::vector<GlobalChange>> set_variables(const Statement& statement, const ast::Set& set,
                                                Values values) {
  Changes changes;
  changes.values = std::move(values);
  for (const auto& item : set.items) {
    BW_CHECK(std::visit([&](const auto& what) { return plan_item(statement, what, changes); }, item));
  }
  session::SessionState& session = statement.session;
  for (SessionChange& change : changes.session) session.set_variable(change.index, std::move(change.value));
  for (UserChange& change : changes.user) session.set_user_variable(change.name, std::move(change.value));
  for (const std::string& name : changes.clamped) {
    session.diagnostics.add(session::WarningLevel::warning, session::kTruncatedCode,
                            "Truncated incorrect " + name);
  }
  return std::move(changes.global);
}

namespace {

// What backup_schedule plans is in the tenant's time zone.
Result<> look_again_at_schedules(catalog::Transaction& transaction, catalog::TenantId tenant, bool& planned) {
  BW_TRY(planned, transaction.schedules().look_again(tenant));
  return {};
}

}  // namespace

Task<Result<Outcome>> set_globals(const Statement& statement, std::vector<GlobalChange> changes) {
  const catalog::TenantId tenant = statement.session.tenant().id;
  bool replanned = false;
  const auto kept = co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const GlobalChange& change : changes) {
      const std::string_view name = session::variable_table()[change.index].name;
      BW_CHECK(transaction.parameters().set_variable(tenant, name, change.value));
      if (name == "time_zone") BW_CHECK(look_again_at_schedules(transaction, tenant, replanned));
      if (name == "ob_tcp_invited_nodes") {
        BW_CHECK(transaction.tenants().alter(tenant, {.name = {},
                                                      .locked = {},
                                                      .invited_nodes = change.value,
                                                      .primary_zone = {},
                                                      .locality = {},
                                                      .comment = {}}));
      }
    }
    return {};
  });
  if (!kept) co_return fail(kept.error());
  if (replanned) statement.services.job_bell().ring();
  for (GlobalChange& change : changes)
    statement.services.globals().set(tenant, change.index, std::move(change.value));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
