// FROM: names to views, derived tables, joins.
#include "base/text.h"
#include "catalog/bind/bind.h"
#include "catalog/dictionary/view.h"

namespace breakwater::catalog {

Result<const View*> Binder::resolve(const ast::NamedTable& named) {
  if (oracle_) return resolve_oracle(named);
  const std::string_view schema = named.schema.empty() ? context_.database : std::string_view(named.schema);
  if (schema.empty()) return fail(error::no_db_selected());
  if (const View* view = dictionary_.find_view(schema, named.name, context_.visibility);
      view != nullptr && (!view->hidden || hidden_views_))
    return view;
  if (!dictionary_.has_schema(schema, context_.visibility)) return fail(error::bad_database(schema));
  return fail(error::table_not_exist(ascii_lower(schema), named.name));
}

/// The schema that is named, else the current one and then SYS, whose views everybody has a public synonym
/// for.
Result<const View*> Binder::resolve_oracle(const ast::NamedTable& named) {
  const std::string_view current = named.schema.empty() ? context_.database : std::string_view(named.schema);
  for (const std::string_view schema : {current, named.schema.empty() ? kSys : current}) {
    const View* view = dictionary_.find_view(schema, named.name, context_.visibility);
    if (view != nullptr && !view->hidden) return view;
  }
  return fail(error::table_not_exist(current, named.name));
}

Result<> Binder::add_table(ScopeTable table, Scope& scope) {
  for (const ScopeTable& other : scope.tables) {
    const bool same_schema =
        table.schema.empty() || other.schema.empty() || iequals(table.schema, other.schema);
    if (same_schema && iequals(table.alias, other.alias)) return fail(error::non_unique_table(table.alias));
  }
  scope.tables.push_back(std::move(table));
  return {};
}

namespace {

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string Binder::view_source(const View& view) {
  std::string query = view.query;
  if (query.contains(":effective_tenant_id"))
    replace_all(query, ":effective_tenant_id", slot({.from = From::effective_tenant_id}));
  if (query.contains(":user_name")) replace_all(query, ":user_name", slot({.from = From::user_name}));
  if (query.contains(":now")) replace_all(query, ":now", slot({.from = From::now}));
  return query;
}

Result<std::string> Binder::named_table(const ast::NamedTable& named, Scope& scope) {
  if (const auto common = find_common_table(named)) return common_table(*common, named, scope);
  BW_TRY(const View* view, resolve(named));
  ScopeTable entry;
  entry.alias = named.alias.empty() ? (view->hidden ? view->name : named.name) : named.alias;
  entry.schema = view->schema;
  entry.org_name = view->name;
  entry.sql_name = "t" + std::to_string(++tables_);
  for (const Column& column : view->columns) entry.columns.push_back({column.name, column.type});
  std::string sql = "(" + view_source(*view) + ") AS " + entry.sql_name;
  if (std::find(plan_.views.begin(), plan_.views.end(), view) == plan_.views.end())
    plan_.views.push_back(view);
  BW_CHECK(add_table(std::move(entry), scope));
  return sql;
}

Result<std::string> Binder::derived_table(const ast::DerivedTable& derived, Scope& scope) {
  BW_TRY(BoundSelect sub, select(*derived.select, nullptr));
  return this->derived(std::move(sub), derived.alias, scope);
}

Result<std::string> Binder::derived(BoundSelect sub, const std::string& alias, Scope& scope) {
  ScopeTable entry;
  entry.alias = alias;
  entry.sql_name = "t" + std::to_string(++tables_);
  for (std::size_t i = 0; i < sub.items.size(); ++i) {
    for (const ScopeColumn& other : entry.columns) {
      if (iequals(other.name, sub.labels[i])) return fail(error::duplicate_column(sub.labels[i]));
    }
    entry.columns.push_back({sub.labels[i], sub.items[i].type, sub.items[i].wide});
  }
  std::string sql = "(" + sub.sql + ") AS " + entry.sql_name;
  entry.numbered = true;
  BW_CHECK(add_table(std::move(entry), scope));
  return sql;
}

Result<std::string> Binder::table(const ast::TableRef& ref, Scope& scope, bool nested) {
  if (const auto* named = std::get_if<ast::NamedTable>(&ref.node)) return named_table(*named, scope);
  if (const auto* derived = std::get_if<ast::DerivedTable>(&ref.node)) return derived_table(*derived, scope);
  if (++depth_ > kMaxBoundDepth) return fail(error::not_supported("a join nested this deeply"));
  BW_TRY(std::string sql, join(std::get<ast::Join>(ref.node), scope));
  --depth_;
  return nested ? "(" + sql + ")" : sql;
}

Result<std::string> Binder::join(const ast::Join& join, Scope& scope) {
  const std::size_t first = scope.tables.size();
  BW_TRY(const std::string left, table(*join.left, scope, false));
  const std::size_t middle = scope.tables.size();
  BW_TRY(const std::string right, table(*join.right, scope, true));
  BW_TRY(const std::string condition, join_condition(join, scope, first, middle));
  // To * a RIGHT JOIN is a LEFT JOIN the other way round.
  if (join.kind == ast::JoinKind::right)
    std::rotate(scope.tables.begin() + static_cast<std::ptrdiff_t>(first),
                scope.tables.begin() + static_cast<std::ptrdiff_t>(middle), scope.tables.end());
  std::string_view word = " JOIN ";
  if (join.kind == ast::JoinKind::left) word = " LEFT JOIN ";
  if (join.kind == ast::JoinKind::right) word = " RIGHT JOIN ";
  return left + std::string(word) + right + (condition.empty() ? "" : " ON " + condition);
}

namespace {

struct Found {
  std::size_t table = 0;
  ScopeColumn* column = nullptr;
};

/// The column of this name among the tables [from, to) that isn't merged into another.
Found find_column(Scope& scope, std::size_t from, std::size_t to, std::string_view name) {
  for (std::size_t t = from; t < to; ++t) {
    for (ScopeColumn& column : scope.tables[t].columns) {
      if (!column.merged && iequals(column.name, name)) return {t, &column};
    }
  }
  return {};
}

/// The names both sides of a NATURAL JOIN have.
std::vector<std::string> shared_names(Scope& scope, std::size_t first, std::size_t middle) {
  std::vector<std::string> names;
  for (std::size_t t = first; t < middle; ++t) {
    for (const ScopeColumn& column : scope.tables[t].columns) {
      if (!column.merged && find_column(scope, middle, scope.tables.size(), column.name).column != nullptr)
        names.push_back(column.name);
    }
  }
  return names;
}

}  // namespace

Result<std::string> Binder::join_condition(const ast::Join& join, Scope& scope, std::size_t first,
                                           std::size_t middle) {
  if (join.on != nullptr) {
    Scope on;
    on.parent = scope.parent;
    on.clause = &kOn;
    on.tables.assign(scope.tables.begin() + static_cast<std::ptrdiff_t>(first), scope.tables.end());
    BW_TRY(const Bound condition, expr(*join.on, on));
    return truth(condition);
  }
  std::string sql;
  for (const std::string& name : join.natural ? shared_names(scope, first, middle) : join.using_columns) {
    const Found left = find_column(scope, first, middle, name);
    const Found right = find_column(scope, middle, scope.tables.size(), name);
    if (left.column == nullptr || right.column == nullptr)
      return fail(error::column_not_found(name, "from clause"));
    BW_TRY(const Bound same, compare(ast::BinaryOp::equal, column_of(scope.tables[left.table], *left.column),
                                     column_of(scope.tables[right.table], *right.column), scope));
    sql += (sql.empty() ? "" : " AND ") + same.sql;
    const bool right_stays = join.kind == ast::JoinKind::right;
    (right_stays ? left : right).column->merged = true;
    (right_stays ? right : left).column->common = true;
  }
  return sql;
}

Result<std::string> Binder::from(const std::vector<ast::TableRef>& refs, Scope& scope) {
  std::string sql;
  for (const ast::TableRef& ref : refs) {
    BW_TRY(const std::string one, table(ref, scope, !sql.empty()));
    sql += (sql.empty() ? " FROM " : ", ") + one;
  }
  return sql;
}

}  // namespace breakwater::catalog
