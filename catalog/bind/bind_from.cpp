// FROM: names to views, derived tables, joins.
#include <algorithm>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/from_binder.h"
#include "catalog/bind/select_binder.h"
#include "catalog/dictionary/view.h"

namespace breakwater::catalog {

Result<const View*> FromBinder::resolve(const ast::NamedTable& named) const {
  if (state_.oracle) return resolve_oracle(named);
  const std::string_view schema =
      named.schema.empty() ? state_.context.database : std::string_view(named.schema);
  if (schema.empty()) return fail(error::no_db_selected());
  if (const View* view = state_.dictionary.find_view(schema, named.name, state_.context.visibility);
      view != nullptr && (!view->hidden || state_.hidden_views))
    return view;
  if (!state_.dictionary.has_schema(schema, state_.context.visibility))
    return fail(error::bad_database(schema));
  return fail(error::table_not_exist(ascii_lower(schema), named.name));
}

/// The schema that is named, else the current one and then SYS, whose views everybody has a public synonym
/// for.
Result<const View*> FromBinder::resolve_oracle(const ast::NamedTable& named) const {
  const std::string_view current =
      named.schema.empty() ? state_.context.database : std::string_view(named.schema);
  for (const std::string_view schema : {current, named.schema.empty() ? kSys : current}) {
    const View* view = state_.dictionary.find_view(schema, named.name, state_.context.visibility);
    if (view != nullptr && !view->hidden) return view;
  }
  return fail(error::table_not_exist(current, named.name));
}

Result<> FromBinder::add_table(ScopeTable table) {
  if (scope_.tables.size() == kMaxJoinedTables)
    return fail(error::too_many_tables(std::to_string(kMaxJoinedTables)));
  for (const ScopeTable& other : scope_.tables) {
    const bool same_schema =
        table.schema.empty() || other.schema.empty() || iequals(table.schema, other.schema);
    if (same_schema && iequals(table.alias, other.alias)) return fail(error::non_unique_table(table.alias));
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) scope_.star.push_back({scope_.tables.size(), i});
  scope_.tables.push_back(std::move(table));
  return {};
}

namespace {

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string FromBinder::view_source(const View& view) {
  std::string query = view.query;
  if (query.contains(":effective_tenant_id"))
    replace_all(query, ":effective_tenant_id", state_.slot({.from = From::effective_tenant_id}));
  if (query.contains(":user_name")) replace_all(query, ":user_name", state_.slot({.from = From::user_name}));
  if (query.contains(":now")) replace_all(query, ":now", state_.slot({.from = From::now}));
  return query;
}

Result<std::string> FromBinder::named_table(const ast::NamedTable& named) {
  if (const auto common = find_common_table(named)) return common_table(*common, named);
  BW_TRY(const View* view, resolve(named));
  ScopeTable entry;
  entry.alias = named.alias.empty() ? (view->hidden ? view->name : named.name) : named.alias;
  entry.schema = view->schema;
  entry.org_name = view->name;
  entry.sql_name = state_.fresh_name("t");
  for (const Column& column : view->columns) entry.columns.push_back({column.name, column.type});
  std::string sql = "(" + view_source(*view) + ") AS " + entry.sql_name;
  if (std::find(state_.plan.views.begin(), state_.plan.views.end(), view) == state_.plan.views.end())
    state_.plan.views.push_back(view);
  BW_CHECK(add_table(std::move(entry)));
  return sql;
}

Result<std::string> FromBinder::derived_table(const ast::DerivedTable& derived) {
  BW_TRY(BoundSelect sub, SelectBinder(state_).bind(*derived.select));
  return this->derived(std::move(sub), derived.alias);
}

Result<std::string> FromBinder::derived(BoundSelect sub, const std::string& alias) {
  ScopeTable entry;
  entry.alias = alias;
  entry.sql_name = state_.fresh_name("t");
  for (std::size_t i = 0; i < sub.items.size(); ++i) {
    for (const ScopeColumn& other : entry.columns) {
      if (iequals(other.name, sub.labels[i])) return fail(error::duplicate_column(sub.labels[i]));
    }
    entry.columns.push_back({sub.labels[i], sub.items[i].type, sub.items[i].wide});
  }
  std::string sql = "(" + sub.sql + ") AS " + entry.sql_name;
  entry.numbered = true;
  BW_CHECK(add_table(std::move(entry)));
  return sql;
}

Result<std::string> FromBinder::table(const ast::TableRef& ref, bool nested) {
  if (const auto* named = std::get_if<ast::NamedTable>(&ref.node)) return named_table(*named);
  if (const auto* derived = std::get_if<ast::DerivedTable>(&ref.node)) return derived_table(*derived);
  const Nesting nesting(state_);
  if (nesting.too_deep()) return fail(error::not_supported("a join nested this deeply"));
  BW_TRY(std::string sql, join(std::get<ast::Join>(ref.node)));
  return nested ? "(" + sql + ")" : sql;
}

Result<std::string> FromBinder::join(const ast::Join& join) {
  const std::size_t first = scope_.tables.size();
  const std::size_t shown = scope_.star.size();
  BW_TRY(const std::string left, table(*join.left, false));
  const std::size_t middle = scope_.tables.size();
  const std::size_t right_shown = scope_.star.size();
  BW_TRY(const std::string right, table(*join.right, true));
  BW_TRY(const std::string condition, join_condition(join, first, middle));
  if (join.natural || !join.using_columns.empty())
    order_star(shown, right_shown, join.kind == ast::JoinKind::right);
  std::string_view word = " JOIN ";
  if (join.kind == ast::JoinKind::left) word = " LEFT JOIN ";
  if (join.kind == ast::JoinKind::right) word = " RIGHT JOIN ";
  return left + std::string(word) + right + (condition.empty() ? "" : " ON " + condition);
}

/// What NATURAL JOIN and USING leave to *: the shared columns, then the rest of the table whose rows all stay, then the
/// other's.
void FromBinder::order_star(std::size_t first, std::size_t middle, bool right_first) {
  auto& star = scope_.star;
  const auto at = [&](std::size_t i) { return star.begin() + static_cast<std::ptrdiff_t>(i); };
  if (right_first) std::rotate(at(first), at(middle), star.end());
  const auto column = [&](const StarColumn& shown) -> ScopeColumn& {
    return scope_.tables[shown.table].columns[shown.column];
  };
  star.erase(std::remove_if(at(first), star.end(), [&](const auto& shown) { return column(shown).merged; }),
             star.end());
  std::stable_partition(at(first), star.end(), [&](const auto& shown) { return column(shown).common; });
  for (std::size_t i = first; i < star.size(); ++i) column(star[i]).common = false;
}

namespace {

struct Found {
  std::size_t table = 0;
  ScopeColumn* column = nullptr;
  bool several = false;
};

/// The first column of this name among the tables [from, to) that isn't merged into another.
Found find_column(Scope& scope, std::size_t from, std::size_t to, std::string_view name) {
  Found found;
  for (std::size_t t = from; t < to; ++t) {
    for (ScopeColumn& column : scope.tables[t].columns) {
      if (column.merged || !iequals(column.name, name)) continue;
      if (found.column != nullptr) found.several = true;
      if (found.column == nullptr) found = {t, &column};
    }
  }
  return found;
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

Result<std::string> FromBinder::join_condition(const ast::Join& join, std::size_t first, std::size_t middle) {
  if (join.on != nullptr) {
    Scope joined;
    joined.tables.assign(scope_.tables.begin() + static_cast<std::ptrdiff_t>(first), scope_.tables.end());
    BW_TRY(const Bound condition, ExpressionBinder(state_, joined, kOn, outer_).bind(*join.on));
    return truth(condition);
  }
  std::string sql;
  ExpressionBinder binder(state_, scope_, kOn, outer_);
  for (const std::string& name : join.natural ? shared_names(scope_, first, middle) : join.using_columns) {
    const Found left = find_column(scope_, first, middle, name);
    const Found right = find_column(scope_, middle, scope_.tables.size(), name);
    if (left.several || right.several) return fail(error::column_ambiguous(name, "from clause"));
    if (left.column == nullptr || right.column == nullptr)
      return fail(error::column_not_found(name, "from clause"));
    BW_TRY(const Bound same,
           binder.compare(ast::BinaryOp::equal, column_of(scope_.tables[left.table], *left.column),
                          column_of(scope_.tables[right.table], *right.column)));
    sql += (sql.empty() ? "" : " AND ") + same.sql;
    const bool right_stays = join.kind == ast::JoinKind::right;
    (right_stays ? left : right).column->merged = true;
    (right_stays ? right : left).column->common = true;
  }
  return sql;
}

Result<std::string> FromBinder::bind(const std::vector<ast::TableRef>& refs) {
  std::string sql;
  for (const ast::TableRef& ref : refs) {
    BW_TRY(const std::string one, table(ref, !sql.empty()));
    sql += (sql.empty() ? " FROM " : ", ") + one;
  }
  return sql;
}

}  // namespace breakwater::catalog
