#include "grammar/print.h"

#include <array>

#include "base/overloaded.h"

namespace breakwater::test {

namespace {

std::string text(const ast::ExprPtr& expr) {
  return expr == nullptr ? "-" : print(*expr);
}

template <class List, class Convert>
std::string joined(const List& list, const Convert& convert, std::string_view separator = ", ") {
  std::string out;
  bool first = true;
  for (const auto& entry : list) {
    if (!first) out += separator;
    first = false;
    out += convert(entry);
  }
  return out;
}
std::string texts(const std::vector<ast::ExprPtr>& list) {
  return joined(list, text);
}
std::string words(const std::vector<std::string>& list) {
  return joined(list, [](const std::string& s) { return s; });
}
std::string dotted(std::initializer_list<std::string> parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += '.';
    out += part;
  }
  return out;
}

std::string print_literal(const ast::Literal& l) {
  using enum ast::LiteralKind;
  switch (l.kind) {
    case null:
      return "NULL";
    case boolean:
      return l.text == "1" ? "TRUE" : "FALSE";
    case string:
      return "'" + l.text + "'";
    case hex:
      return "x'" + l.text + "'";
    case date:
      return "DATE'" + l.text + "'";
    case time:
      return "TIME'" + l.text + "'";
    case timestamp:
      return "TIMESTAMP'" + l.text + "'";
    default:
      return l.text;
  }
}

std::string_view symbol(ast::BinaryOp op) {
  static constexpr std::array<std::string_view, 21> kSymbols = {"OR", "XOR", "AND", "=", "<=>", "<>",  "<",
                                                                "<=", ">",   ">=",  "|", "&",   "<<",  ">>",
                                                                "^",  "+",   "-",   "*", "/",   "DIV", "%"};
  return kSymbols.at(static_cast<std::size_t>(op));
}

std::string scoped(ast::VariableScope scope) {
  return scope == ast::VariableScope::global    ? "global "
         : scope == ast::VariableScope::session ? "session "
                                                : "";
}

std::string ordered(const std::vector<ast::OrderItem>& items) {
  return joined(items, [](const ast::OrderItem& i) { return text(i.expr) + (i.descending ? " desc" : ""); });
}

std::string print_bound(const ast::FrameBound& bound) {
  static constexpr std::array<std::string_view, 5> kKinds = {"first", "before", "here", "behind", "last"};
  const bool counts =
      bound.kind == ast::FrameBound::Kind::preceding || bound.kind == ast::FrameBound::Kind::following;
  return (counts ? std::to_string(bound.rows) + " " : "") +
         std::string(kKinds.at(static_cast<std::size_t>(bound.kind)));
}

std::string print_window(const ast::Window& w) {
  std::string out = " over (" + (w.partition_by.empty() ? "" : "by " + texts(w.partition_by));
  if (!w.order_by.empty()) out += " order " + ordered(w.order_by);
  if (w.frame)
    out +=
        (w.frame->rows ? " rows " : " range ") + print_bound(w.frame->from) + ".." + print_bound(w.frame->to);
  return out + ")";
}

std::string print_call(const ast::FunctionCall& c) {
  std::string out = c.name + "(" + (c.distinct ? "distinct " : "") + (c.star ? "*" : texts(c.args));
  if (!c.order_by.empty()) out += " order " + ordered(c.order_by);
  if (c.separator) out += " sep '" + *c.separator + "'";
  return out + ")" + (c.over == nullptr ? "" : print_window(*c.over));
}

std::string print_case(const ast::Case& c) {
  std::string out = "case " + text(c.operand);
  for (const ast::CaseBranch& b : c.branches) out += " when " + text(b.when) + " then " + text(b.then);
  return "[" + out + " else " + text(c.otherwise) + "]";
}

std::string print_cast(const ast::Cast& c) {
  static constexpr std::array<std::string_view, 9> kTypes = {
      "signed", "unsigned", "char", "binary", "decimal", "date", "time", "datetime", "real"};
  std::string out =
      "cast(" + text(c.operand) + " " + std::string(kTypes.at(static_cast<std::size_t>(c.type)));
  if (c.length) out += " " + std::to_string(*c.length);
  if (c.scale) out += "," + std::to_string(*c.scale);
  if (!c.charset.empty()) out += " in " + c.charset;
  return out + ")";
}

std::string negation(bool negated) {
  return negated ? " not" : "";
}

std::string print_is(const ast::Is& i) {
  static constexpr std::array<std::string_view, 4> kWhat = {"null", "true", "false", "unknown"};
  return "(" + text(i.operand) + " is" + negation(i.negated) + " " +
         std::string(kWhat.at(static_cast<std::size_t>(i.what))) + ")";
}

std::string print_unary(const ast::Unary& u) {
  static constexpr std::array<std::string_view, 5> kSigns = {"-", "+", "NOT ", "~", "BINARY "};
  return "(" + std::string(kSigns.at(static_cast<std::size_t>(u.op))) + text(u.operand) + ")";
}

std::string print_like(const ast::Like& l) {
  return "(" + text(l.operand) + negation(l.negated) + " like " + text(l.pattern) +
         (l.escape ? " escape " + text(l.escape) : "") + ")";
}

std::string print_in(const ast::In& i) {
  return "(" + text(i.operand) + negation(i.negated) + " in " +
         (i.subquery ? print(*i.subquery) : "[" + texts(i.list) + "]") + ")";
}

std::string print_between(const ast::Between& b) {
  return "(" + text(b.operand) + negation(b.negated) + " between " + text(b.low) + " and " + text(b.high) +
         ")";
}

std::string print_quantified(const ast::QuantifiedComparison& q) {
  return "(" + text(q.operand) + " " + std::string(symbol(q.op)) + (q.all ? " all " : " any ") +
         print(*q.select) + ")";
}

}  // namespace

std::string print(const ast::Expr& expr) {
  return std::visit(
      Overloaded{
          [](const ast::Literal& l) { return print_literal(l); },
          [](const ast::ColumnRef& c) { return dotted({c.schema, c.table, c.column}); },
          [](const ast::SystemVariable& v) { return "@@" + scoped(v.scope) + v.name; },
          [](const ast::UserVariable& v) { return "@" + v.name; },
          [](const ast::UserVariableAssignment& a) { return "(@" + a.name + " := " + text(a.value) + ")"; },
          [](const ast::Rownum&) { return std::string("rownum"); },
          [](const ast::Parameter& p) { return "?" + std::to_string(p.index); },
          [](const ast::Unary& u) { return print_unary(u); },
          [](const ast::Binary& b) {
            return "(" + text(b.left) + " " + std::string(symbol(b.op)) + " " + text(b.right) + ")";
          },
          [](const ast::FunctionCall& c) { return print_call(c); },
          [](const ast::Interval& i) { return "interval(" + text(i.value) + " " + i.unit + ")"; },
          [](const ast::Case& c) { return print_case(c); },
          [](const ast::In& i) { return print_in(i); },
          [](const ast::Between& b) { return print_between(b); },
          [](const ast::Like& l) { return print_like(l); },
          [](const ast::Regexp& r) {
            return "(" + text(r.operand) + negation(r.negated) + " regexp " + text(r.pattern) + ")";
          },
          [](const ast::Is& i) { return print_is(i); },
          [](const ast::Subquery& s) { return print(*s.select); },
          [](const ast::Exists& e) { return "exists " + print(*e.select); },
          [](const ast::QuantifiedComparison& q) { return print_quantified(q); },
          [](const ast::Row& r) { return "row(" + texts(r.items) + ")"; },
          [](const ast::Cast& c) { return print_cast(c); },
          [](const ast::Collate& c) { return "(" + text(c.operand) + " collate " + c.collation + ")"; },
      },
      expr.node);
}

namespace {

std::string print_table(const ast::TableRef& ref);

std::string print_join(const ast::Join& join) {
  static constexpr std::array<std::string_view, 4> kKinds = {"inner", "left", "right", "cross"};
  std::string out = "(" + print_table(*join.left) + (join.natural ? " natural " : " ") +
                    std::string(kKinds.at(static_cast<std::size_t>(join.kind))) + " " +
                    print_table(*join.right);
  if (join.on) out += " on " + text(join.on);
  if (!join.using_columns.empty()) out += " using " + words(join.using_columns);
  return out + ")";
}

std::string print_table(const ast::TableRef& ref) {
  const auto aliased = [](std::string table, const std::string& alias) {
    return alias.empty() ? table : table + " as " + alias;
  };
  return std::visit(
      Overloaded{
          [&](const ast::NamedTable& t) { return aliased(dotted({t.schema, t.name}), t.alias); },
          [&](const ast::DerivedTable& t) { return aliased(print(*t.select), t.alias); },
          [](const ast::Join& j) { return print_join(j); },
      },
      ref.node);
}

std::string print_item(const ast::SelectItem& item) {
  const auto* star = std::get_if<ast::Star>(&item.what);
  std::string out =
      star != nullptr ? dotted({star->schema, star->table, "*"}) : text(std::get<ast::ExprPtr>(item.what));
  if (item.alias) out += " as " + *item.alias;
  return out;
}

std::string print_core(const ast::SelectCore& core) {
  std::string out = core.distinct ? "select distinct " : "select ";
  out += joined(core.items, print_item);
  if (!core.from.empty()) out += " from " + joined(core.from, print_table);
  if (core.where) out += " where " + text(core.where);
  if (!core.group_by.empty()) out += " group " + texts(core.group_by);
  if (core.having) out += " having " + text(core.having);
  return out;
}

std::string print_limit(const std::optional<ast::LimitClause>& limit) {
  if (!limit) return {};
  return " limit " + text(limit->count) + (limit->offset ? " offset " + text(limit->offset) : "");
}

}  // namespace

std::string print(const ast::Select& select) {
  std::string out = "{";
  for (const ast::CommonTable& table : select.with) {
    out += (&table == &select.with.front() ? (select.recursive ? "with recursive " : "with ") : ", ") +
           table.name;
    for (const std::string& column : table.columns) out += " " + column;
    out += " as " + print(*table.select);
  }
  if (!select.with.empty()) out += " ";
  for (const ast::Select::Part& part : select.parts) {
    if (&part != &select.parts.front()) {
      out += part.op == ast::SetOp::union_all ? " union all " : " union ";
    }
    const auto* inner = std::get_if<ast::SelectPtr>(&part.body);
    out += inner != nullptr ? print(**inner) : print_core(std::get<ast::SelectCore>(part.body));
  }
  if (!select.order_by.empty()) out += " order " + ordered(select.order_by);
  out += print_limit(select.limit);
  for (const std::string& name : select.into) out += " into @" + name;
  return out + "}";
}

namespace {

std::string print_show(const ast::Show& s) {
  static constexpr std::array<std::string_view, 33> kKinds = {
      "databases",      "tables",       "columns",     "create_table",  "create_view",   "create_database",
      "create_user",    "variables",    "status",      "parameters",    "warnings",      "errors",
      "count_warnings", "count_errors", "tenant",      "tenant_status", "create_tenant", "grants",
      "processlist",    "engines",      "charset",     "collation",     "table_status",  "indexes",
      "plugins",        "privileges",   "triggers",    "events",        "functions",     "procedures",
      "open_tables",    "profiles",     "slave_status"};
  std::string out = "show " + scoped(s.scope) + (s.full ? "full " : "") +
                    std::string(kKinds.at(static_cast<std::size_t>(s.kind)));
  if (!s.table.empty() || !s.schema.empty()) out += " of " + dotted({s.schema, s.table});
  if (!s.name.empty()) out += " name " + s.name + (s.host.empty() ? "" : "@" + s.host);
  if (s.like) out += " like '" + *s.like + "'";
  if (s.where) out += " where " + text(s.where);
  if (s.tenant) out += " tenant " + *s.tenant;
  return out + print_limit(s.limit);
}

std::string print_assignment(const ast::VariableAssignment& a) {
  return scoped(a.scope) + (a.user_variable ? "@" : "") + a.name + "=" +
         (a.value ? print(*a.value) : "default");
}

std::string print_set_item(
    const std::variant<ast::VariableAssignment, ast::SetNames, ast::SetTransaction>& item) {
  return std::visit(Overloaded{
                        [](const ast::VariableAssignment& a) { return print_assignment(a); },
                        [](const ast::SetNames& n) {
                          return std::string(n.character_set ? "charset " : "names ") +
                                 (n.charset.empty() ? "default" : n.charset) +
                                 (n.collation.empty() ? "" : " collate " + n.collation);
                        },
                        [](const ast::SetTransaction& t) {
                          return scoped(t.scope) + "transaction " + t.isolation +
                                 (t.read_only ? (*t.read_only ? " ro" : " rw") : "");
                        },
                    },
                    item);
}

std::string print_options(const std::vector<ast::Option>& options) {
  return joined(options, [](const ast::Option& o) { return o.name + "=[" + words(o.values) + "]"; }, " ");
}
std::string print_variables(const std::vector<ast::VariableAssignment>& variables) {
  return variables.empty() ? "" : " set " + joined(variables, print_assignment);
}
std::string print_account(const ast::AccountName& a) {
  return a.current_user ? "CURRENT_USER" : a.user + "@" + a.host;
}
std::string print_choice(const ast::RoleChoice& choice) {
  return (choice.all ? "all but [" : "[") + words(choice.names) + "]";
}

std::string print_spec(const ast::AccountSpec& s) {
  std::string out = print_account(s.account);
  if (s.plugin) out += " with " + *s.plugin;
  if (s.password) out += " by " + std::string(s.password->reveal());
  if (s.hash) out += " hash " + std::string(s.hash->reveal());
  return out;
}
std::string print_required(std::optional<ast::TlsRequirement> required) {
  if (!required) return "";
  if (*required == ast::TlsRequirement::none) return " require none";
  return *required == ast::TlsRequirement::ssl ? " require ssl" : " require x509";
}

std::string print_locked(std::optional<bool> locked) {
  return locked ? (*locked ? " lock" : " unlock") : "";
}

std::string print_parameter(const ast::SystemParameter& p) {
  static constexpr std::array<std::string_view, 5> kKinds = {"text", "number", "null", "not_a_literal",
                                                             "parameter"};
  std::string out = p.name + "=" + std::string(kKinds.at(static_cast<std::size_t>(p.value.kind))) + ":" +
                    std::string(p.value.text.reveal());
  if (p.comment) out += " comment " + *p.comment;
  if (p.scope) out += " scope " + *p.scope;
  if (p.server) out += " server " + *p.server;
  if (p.zone) out += " zone " + *p.zone;
  if (p.tenant) out += " tenant " + *p.tenant;
  return out;
}

std::string print_alter_tenant(const ast::AlterTenant& t) {
  static constexpr std::array<std::string_view, 4> kActions = {"options", "rename", "lock", "unlock"};
  return "alter tenant " + (t.all ? "ALL" : t.name) + " " +
         std::string(kActions.at(static_cast<std::size_t>(t.action))) +
         (t.new_name.empty() ? "" : " " + t.new_name) +
         (t.options.empty() ? "" : " " + print_options(t.options)) + print_variables(t.variables);
}

std::string flag(bool on, std::string_view word) {
  return on ? std::string(word) : std::string();
}

std::string print_password_options(const ast::PasswordOptions& p) {
  static constexpr std::array<std::string_view, 5> kExpire = {"", " expire", " expire default",
                                                              " expire never", " expire after "};
  std::string out(kExpire.at(static_cast<std::size_t>(p.expire)));
  if (p.expire == ast::PasswordOptions::Expire::after_days) out += std::to_string(p.days);
  if (p.failed_login_attempts) out += " attempts " + std::to_string(*p.failed_login_attempts);
  if (p.lock_days) out += " for " + std::to_string(*p.lock_days);
  return out + flag(p.lock_unbounded, " unbounded");
}

std::string restore_text(const ast::RestoreTenant& r) {
  std::string text = "restore " + r.tenant;
  if (r.from) text += " from " + std::string(r.from->reveal());
  if (r.until_scn) text += " until scn " + *r.until_scn;
  if (r.until_time) text += " until time " + *r.until_time;
  text += " with " + r.options;
  if (r.key_from) text += " key " + std::string(r.key_from->reveal());
  if (r.key_password) text += " by " + std::string(r.key_password->reveal());
  if (!r.description.empty()) text += " description " + r.description;
  return text;
}

}  // namespace

std::string print(const ast::Statement& statement) {
  return std::visit(
      Overloaded{
          [](const ast::EmptyStatement&) { return std::string("empty"); },
          [](const ast::Select& s) { return print(s); },
          [](const ast::Show& s) { return print_show(s); },
          [](const ast::Set& s) { return "set " + joined(s.items, print_set_item); },
          [](const ast::Use& u) { return "use " + u.schema; },
          [](const ast::Kill& k) {
            return flag(k.query_only, "kill query ") + flag(!k.query_only, "kill ") + text(k.id);
          },
          [](const ast::Do& d) { return "do " + joined(d.exprs, [](const auto& e) { return text(e); }); },
          [](const ast::PrepareText& p) {
            return "prepare " + p.name + " from " +
                   (p.text ? std::string(p.text->reveal()) : "@" + p.variable);
          },
          [](const ast::ExecuteText& e) {
            return "execute " + e.name + " using " +
                   joined(e.variables, [](const auto& v) { return "@" + v; });
          },
          [](const ast::DeallocateText& d) { return "deallocate " + d.name; },
          [](const ast::Begin&) { return std::string("begin"); },
          [](const ast::Commit&) { return std::string("commit"); },
          [](const ast::Rollback&) { return std::string("rollback"); },
          [](const ast::NoOperation& n) { return "nop " + n.head; },
          [](const ast::Flush& f) {
            return "flush" + std::string(f.privileges ? " privileges" : "") + (f.status ? " status" : "");
          },
          [](const ast::CreateTenant& t) {
            return "create tenant " + flag(t.if_not_exists, "unless ") + t.name +
                   (t.password ? " by " + std::string(t.password->reveal()) : "") + " " +
                   print_options(t.options) + print_variables(t.variables);
          },
          [](const ast::DropTenant& t) {
            return "drop tenant " + flag(t.if_exists, "if ") + t.name + flag(t.force, " force") +
                   flag(t.purge, " purge");
          },
          [](const ast::AlterTenant& t) { return print_alter_tenant(t); },
          [](const ast::CreateResourceUnit& r) {
            return "create unit " + flag(r.if_not_exists, "unless ") + r.name + " " +
                   print_options(r.options);
          },
          [](const ast::AlterResourceUnit& r) {
            return "alter unit " + r.name + " " + print_options(r.options);
          },
          [](const ast::DropResourceUnit& r) { return "drop unit " + flag(r.if_exists, "if ") + r.name; },
          [](const ast::CreateResourcePool& r) {
            return "create pool " + flag(r.if_not_exists, "unless ") + r.name + " " +
                   print_options(r.options);
          },
          [](const ast::AlterResourcePool& r) {
            return "alter pool " + r.name + " " + print_options(r.options);
          },
          [](const ast::DropResourcePool& r) { return "drop pool " + flag(r.if_exists, "if ") + r.name; },
          [](const ast::ChangeTenant& t) {
            return "change tenant " + (t.id ? "#" + std::to_string(*t.id) : t.name);
          },
          [](const ast::CreateUser& u) {
            return "create user " + flag(u.if_not_exists, "unless ") + joined(u.accounts, print_spec) +
                   print_locked(u.locked) + print_required(u.require) + print_password_options(u.password);
          },
          [](const ast::AlterUser& u) {
            return "alter user " + flag(u.if_exists, "if ") + joined(u.accounts, print_spec) +
                   print_locked(u.locked) + print_required(u.require) + print_password_options(u.password);
          },
          [](const ast::DropUser& u) {
            return "drop user " + flag(u.if_exists, "if ") + joined(u.accounts, print_account);
          },
          [](const ast::RenameUser& u) {
            return "rename user " + joined(u.accounts, [](const auto& renamed) {
                     return print_account(renamed.first) + " to " + print_account(renamed.second);
                   });
          },
          [](const ast::SetPassword& p) {
            return "set password " + (p.account ? print_account(*p.account) : "-") + " " +
                   flag(p.hashed, "hash ") + std::string(p.password.reveal());
          },
          [](const ast::Grant& g) {
            return "grant " + words(g.privileges) + (g.roles.empty() ? "" : " roles " + words(g.roles)) +
                   " on " + g.schema + "." + g.table + " to " + joined(g.accounts, print_spec) +
                   flag(g.with_grant_option, " with grant option");
          },
          [](const ast::Revoke& r) {
            if (r.everything) return "revoke everything from " + joined(r.accounts, print_account);
            return "revoke " + words(r.privileges) + (r.roles.empty() ? "" : " roles " + words(r.roles)) +
                   " on " + r.schema + "." + r.table + " from " + joined(r.accounts, print_account);
          },
          [](const ast::CreateRole& c) { return "create role " + c.role; },
          [](const ast::DropRole& d) { return "drop role " + d.role; },
          [](const ast::SetRole& s) { return "set role " + print_choice(s.choice); },
          [](const ast::DefaultRole& d) {
            return "default role of " + print_account(d.account) + " " + print_choice(d.choice);
          },
          [](const ast::AlterSystemSet& s) { return "alter system set " + joined(s.items, print_parameter); },
          [](const ast::AlterSystemReset& r) {
            return "alter system reset " + words(r.names) + (r.tenant ? " tenant " + *r.tenant : "");
          },
          [](const ast::BackupKey& b) {
            return "backup key [" + words(b.tenants) + "]" +
                   (b.tenant_id ? " tenant_id " + std::to_string(*b.tenant_id) : "") +
                   (b.to ? " to " + std::string(b.to->reveal()) : "") +
                   (b.password ? " by " + std::string(b.password->reveal()) : "");
          },
          [](const ast::RestoreKey& r) {
            return "restore key from " + std::string(r.from.reveal()) +
                   (r.tenant ? " tenant " + *r.tenant : "") +
                   (r.password ? " by " + std::string(r.password->reveal()) : "");
          },
          [](const ast::ForgetKey& f) { return "forget key tenant_id " + std::to_string(f.tenant_id); },
          [](const ast::CatalogKey& k) {
            return std::string(k.restore ? "restore" : "backup") + " catalog key" +
                   (k.uri ? " at " + std::string(k.uri->reveal()) : "") +
                   (k.password ? " by " + std::string(k.password->reveal()) : "");
          },
          [](const ast::RotateCatalogKey&) { return std::string("rotate catalog key"); },
          [](const ast::CheckDestination& c) {
            constexpr std::string_view kWhich[] = {"", "(all)", "(data)", "(archive)"};
            return "check destination " + std::string(kWhich[static_cast<std::size_t>(c.which)]) +
                   std::string(c.uri.reveal()) + (c.tenant ? " tenant " + *c.tenant : "");
          },
          [](const ast::ChangeStorageDest& c) {
            return "change storage dest " + std::string(c.path.reveal()) +
                   (c.access_info ? " access " + std::string(c.access_info->reveal()) : "") +
                   (c.attribute ? " attribute " + std::string(c.attribute->reveal()) : "");
          },
          [](const ast::AdoptDestination& a) {
            return "adopt destination " + std::string(a.uri.reveal()) +
                   (a.tenant ? " tenant " + *a.tenant : "") + (a.force ? " by force" : "");
          },
          [](const ast::GiveUpDestination& g) {
            return std::string(g.retire ? "retire" : "release") + " destination " +
                   std::string(g.uri.reveal()) + (g.tenant ? " tenant " + *g.tenant : "");
          },
          [](const ast::DeletePolicy& p) {
            std::string text = std::string(p.add ? "add" : "drop") + " policy " + p.name;
            if (p.recovery_window) text += " window " + *p.recovery_window;
            if (p.redundancy) text += " redundancy " + std::to_string(*p.redundancy);
            if (p.backup_copies) text += " copies " + std::to_string(*p.backup_copies);
            return text + " " + "[" + words(p.tenants) + "]";
          },
          [](const ast::BackupDatabase& b) {
            std::string text = b.incremental ? "backup incremental" : "backup";
            text += b.database ? " database" : " [" + words(b.tenants) + "]";
            if (b.to) text += " to " + std::string(b.to->reveal());
            if (b.plus_archivelog) text += " plus archivelog";
            if (!b.description.empty()) text += " description " + b.description;
            return text;
          },
          [](const ast::CancelBackup& c) {
            return std::string("cancel ") + (c.of_deletion ? "delete " : "") + "backup " + "[" +
                   words(c.tenants) + "]";
          },
          [](const ast::DeleteBackup& d) {
            constexpr const char* kWhat[] = {"sets", "pieces", "obsolete", "all"};
            std::string text = std::string("delete ") + kWhat[static_cast<std::size_t>(d.what)];
            for (const std::int64_t id : d.ids) text += " " + std::to_string(id);
            if (!d.parameter.empty()) text += " " + d.parameter + "=" + std::string(d.path.reveal());
            text += " [" + words(d.tenants) + "]";
            return d.description.empty() ? text : text + " description " + d.description;
          },
          [](const ast::ValidateBackup& v) {
            using enum ast::ValidateBackup::What;
            std::string text = v.what == all    ? "validate all"
                               : v.what == sets ? "validate sets"
                                                : "validate pieces";
            for (const std::int64_t id : v.ids) text += " " + std::to_string(id);
            if (!v.level.empty()) text += " level " + v.level;
            text += " [" + words(v.tenants) + "]";
            return v.description.empty() ? text : text + " description " + v.description;
          },
          [](const ast::CancelValidation& c) { return "cancel validation [" + words(c.tenants) + "]"; },
          [](const ast::ArchiveLog& a) {
            return std::string(a.on ? "archivelog " : "noarchivelog ") + "[" + words(a.tenants) + "]";
          },
          [](const ast::SetEncryption& e) { return "encryption " + std::string(e.password.reveal()); },
          [](const ast::SetDecryption& d) {
            std::string text = "decryption";
            for (const Secret& password : d.passwords) text += " " + std::string(password.reveal());
            return text;
          },
          [](const ast::RestoreTenant& r) { return restore_text(r); },
          [](const ast::RestorePreview& r) {
            return "restore preview from " + std::string(r.from.reveal()) +
                   (r.until_scn ? " until scn " + *r.until_scn : "") +
                   (r.until_time ? " until time " + *r.until_time : "");
          },
          [](const ast::ShowRestorePreview&) { return std::string("show restore preview"); },
          [](const ast::RestoreSource& r) {
            return r.added ? "add restore source " + std::string(r.added->reveal())
                           : std::string("clear restore source");
          },
          [](const ast::ShowBackups& s) { return "show backups from " + std::string(s.from.reveal()); },
          [](const ast::CancelRestore& c) { return "cancel restore " + c.tenant; },
          [](const ast::RecoverStandby& r) {
            return "recover standby " + r.tenant + (r.until_scn ? " scn " + *r.until_scn : "") +
                   (r.until_time ? " time " + *r.until_time : "");
          },
          [](const ast::RunUpgradeJob& r) {
            return "run upgrade job " + r.job + " [" + words(r.tenants) + "]";
          },
          [](const ast::ActivateStandby& a) { return "activate standby " + a.tenant; },
          [](const ast::RotateMasterKey&) { return std::string("rotate master key"); },
          [](const ast::KeyManagement& k) {
            static constexpr std::array<std::string_view, 5> kActions = {"create", "password", "open",
                                                                         "close", "set key"};
            return "keys " + std::string(kActions.at(static_cast<std::size_t>(k.action))) + " " + k.keystore +
                   ":" + std::string(k.password.reveal()) + ":" + std::string(k.new_password.reveal());
          },
          [](const ast::ForeignStatement& f) { return "foreign " + f.head; },
      },
      statement);
}

}  // namespace breakwater::test
