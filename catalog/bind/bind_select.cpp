// SELECT: the select list, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, UNION.
#include <charconv>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/from_binder.h"
#include "catalog/bind/select_binder.h"

namespace breakwater::catalog {

/// One SELECT of a union, not yet put together: the union may still ask for other types.
struct SelectBinder::Core {
  Scope scope;
  std::vector<Bound> items;
  std::vector<std::string> labels;
  std::string from_where;  ///< FROM ... WHERE
  std::string group_by;
  std::string having;  ///< a WHERE over the groups, where they are a table
  bool distinct = false;
  bool aggregated = false;
  bool single_row = false;
  bool filtered = false;  ///< has a WHERE
  std::unique_ptr<Groups> groups = std::make_unique<Groups>();

  bool groups_are_missing() const { return groups->wanted && groups->rows == nullptr; }
  /// FROM ... HAVING, once ORDER BY is bound too.
  std::string tail() const;
  /// What * stands for.
  Result<> add_columns(const ast::Star& star);
  /// Sub-queries in the items behind it may name it by its label.
  void add_item(Bound item, const std::string& label) {
    items.push_back(std::move(item));
    labels.push_back(label);
    scope.labels.push_back(label);
  }
};

namespace {

/// SELECT a AS c1, b AS c2 ...; with the collations when equal rows are to be found.
std::string select_text(const std::vector<Bound>& items, bool distinct, bool collate) {
  std::string sql = distinct ? "SELECT DISTINCT " : "SELECT ";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += settled(items[i]);
    if (collate) sql += collate_suffix(items[i].type);
    sql += " AS c" + std::to_string(i + 1);
  }
  return sql;
}

/// Whether between the two counts (ExpressionBinder::named_so_far()) columns of SELECTs around this one were named, and none
/// of its own: that is one value for all rows, and SQLite doesn't look for it where it groups and sorts.
bool names_others_alone(const std::vector<std::size_t>& before, const std::vector<std::size_t>& after) {
  return after.front() == before.front() && after != before;
}

/// 3 of ORDER BY 3.
std::optional<std::size_t> position_of(const ast::Expr& expr) {
  const auto* literal = std::get_if<ast::Literal>(&expr.node);
  if (literal == nullptr || literal->kind != ast::LiteralKind::integer) return std::nullopt;
  std::size_t position = 0;
  const char* end = literal->text.data() + literal->text.size();
  const auto read = std::from_chars(literal->text.data(), end, position);
  return read.ec == std::errc() ? position : 0;
}

}  // namespace

Result<> SelectBinder::Core::add_columns(const ast::Star& star) {
  if (scope.tables.empty()) return fail(error::no_tables_used());
  bool found = false;
  const auto add = [&](const ScopeTable& table, const ScopeColumn& column) {
    add_item(column_of(table, column), column.name);
  };
  if (star.table.empty()) {
    for (const StarColumn& shown : scope.star)
      add(scope.tables[shown.table], scope.tables[shown.table].columns[shown.column]);
    return {};
  }
  for (const ScopeTable& table : scope.tables) {
    if (!iequals(star.table, table.alias) || (!star.schema.empty() && !iequals(star.schema, table.schema)))
      continue;
    found = true;
    for (const ScopeColumn& column : table.columns) add(table, column);
  }
  return found ? Result<>() : fail(error::unknown_table(star.table));
}

std::string SelectBinder::Core::tail() const {
  const std::string one_row = groups->one_row.empty() ? "" : " FROM (SELECT 1 AS c1) AS " + groups->one_row;
  const std::string rows = one_row + from_where + group_by;
  if (groups->rows == nullptr) return rows + having;
  std::string sql = " FROM (SELECT ";
  std::size_t columns = 0;
  for (const ScopeTable& table : groups->rows->tables) {
    for (const ScopeColumn& column : table.columns)
      sql += column_of(table, column).sql + " AS c" + std::to_string(++columns) + ", ";
  }
  for (std::size_t i = 0; i < groups->aggregates.size(); ++i)
    sql += groups->aggregates[i] + " AS a" + std::to_string(i + 1) + ", ";
  return sql + "1" + rows + ") AS " + groups->sql_name + having;
}

Result<> SelectBinder::select_list(const ast::SelectCore& core, Core& out) {
  out.items.clear();
  out.labels.clear();
  out.scope.labels.clear();
  out.scope.items = &out.items;
  for (const ast::SelectItem& item : core.items) {
    if (const auto* star = std::get_if<ast::Star>(&item.what)) {
      BW_CHECK(out.add_columns(*star));
      continue;
    }
    const ast::Expr& e = *std::get<ast::ExprPtr>(item.what);
    ExpressionBinder binder(state_, out.scope, kSelectList, outer_);
    const auto before = outer_ == nullptr ? std::vector<std::size_t>() : binder.named_so_far();
    BW_TRY(Bound b, binder.item(e, &core == state_.top_core && !core.distinct));
    b.windowed = binder.windowed();
    b.foreign = outer_ != nullptr && names_others_alone(before, binder.named_so_far());
    std::string label = item.text;
    if (const auto* column = std::get_if<ast::ColumnRef>(&e.node)) label = column->column;
    out.add_item(std::move(b), item.alias.value_or(label));
  }
  if (out.items.size() > kMaxColumns) return fail(error::not_supported("this many columns"));
  return {};
}

Result<> SelectBinder::filter(const ast::SelectCore& core, Core& out) {
  const ast::Expr* of_show = &core == state_.show_core ? state_.show_where : nullptr;
  for (const ast::Expr* condition : {static_cast<const ast::Expr*>(core.where.get()), of_show}) {
    if (condition == nullptr) continue;
    BW_TRY(const Bound bound, ExpressionBinder(state_, out.scope, kWhere, outer_).bind(*condition));
    out.from_where += (out.filtered ? " AND " : " WHERE ") + truth(bound);
    out.filtered = true;
  }
  return {};
}

Result<std::string> SelectBinder::group_term(const ast::Expr& key, const Core& out) {
  if (const auto position = position_of(key)) {
    if (*position < 1 || *position > out.items.size())
      return fail(error::column_not_found(std::to_string(*position), "group statement"));
    const Bound& item = out.items[*position - 1];
    if (item.sleeps) return fail(misplaced_sleep());
    if (item.windowed) return fail(error::window_function_misplaced(out.labels[*position - 1]));
    if (item.aggregate) return fail(error::invalid_group_func_use());
    return item.foreign ? std::string("NULL") : sort_term(item, settled(item));
  }
  ExpressionBinder binder(state_, out.scope, kGroupBy, outer_);
  const auto before = binder.named_so_far();
  BW_TRY(const Bound b, binder.bind(key));
  if (b.aggregate) return fail(error::invalid_group_func_use());
  return names_others_alone(before, binder.named_so_far()) ? std::string("NULL") : sort_term(b, settled(b));
}

Result<std::string> SelectBinder::group(const ast::SelectCore& core, Core& out) {
  std::string sql;
  for (const auto& key : core.group_by) {
    BW_TRY(const std::string term, group_term(*key, out));
    sql += (sql.empty() ? " GROUP BY " : ", ") + (is_position(term) ? std::string("NULL") : term);
  }
  if (!sql.empty() && core.from.empty() && out.groups->one_row.empty())
    out.groups->one_row = state_.fresh_name("t");
  return sql;
}

// Without groups HAVING is a filter on rows.
Result<> SelectBinder::having(const ast::SelectCore& core, Core& out) {
  if (core.having == nullptr) return {};
  BW_TRY(const Bound condition, ExpressionBinder(state_, out.scope, kHaving, outer_).bind(*core.having));
  out.aggregated = out.aggregated || condition.aggregate;
  const bool grouped = out.aggregated || !out.group_by.empty();
  const bool filters = out.groups->rows != nullptr || !grouped;
  out.having = (!filters                                      ? " HAVING "
                : out.filtered && out.groups->rows == nullptr ? " AND "
                                                              : " WHERE ") +
               truth(condition);
  return {};
}

namespace {

/// An item of a select list, as an aggregate over all rows that is whatever one of them has.
Bound of_one_group(Bound item) {
  item.sql = "(CASE WHEN count(*)>=0 THEN " + settled(item) + " END)";
  item.unrounded = false;
  item.column = false;
  item.literal = nullptr;
  item.parameter.reset();
  item.type.nullable = true;
  return item;
}

bool any_aggregate_item(const std::vector<Bound>& items) {
  return std::ranges::any_of(items, [](const Bound& item) { return item.aggregate; });
}

}  // namespace

/// From here on the groups are a table, in which the names of the rows mean its columns: what comes behind GROUP BY is
/// bound once more.
Result<> SelectBinder::make_table_of_groups(const ast::SelectCore& core, Core& out) {
  BW_CHECK(state_.bind_again());
  out.scope.items = nullptr;
  out.scope.labels.clear();
  out.groups->rows = std::make_unique<Scope>(out.scope);
  out.groups->sql_name = state_.fresh_name("g");
  std::size_t columns = 0;
  for (ScopeTable& table : out.scope.tables) {
    table.sql_name = out.groups->sql_name;
    table.numbered = true;
    table.first = columns;
    columns += table.columns.size();
  }
  BW_CHECK(select_list(core, out));
  out.having.clear();
  BW_CHECK(having(core, out));
  out.single_row = out.group_by.empty();
  return {};
}

Result<SelectBinder::Core> SelectBinder::core(const ast::SelectCore& core, bool keeps_order) {
  Core out;
  out.distinct = core.distinct;
  out.scope.groups = out.groups.get();
  BW_TRY(out.from_where, FromBinder(state_, out.scope, outer_).bind(core.from));
  const bool numbered = (state_.oracle && core.names_rownum) || (keeps_order && !core.from.empty());
  if (numbered) {
    BW_TRY(out.from_where, numbered_rows(core, out.from_where, out.scope, out.filtered));
  }
  BW_CHECK(select_list(core, out));
  if (!numbered) BW_CHECK(filter(core, out));
  BW_TRY(out.group_by, group(core, out));
  out.aggregated = any_aggregate_item(out.items);
  const bool listed = out.aggregated;
  BW_CHECK(having(core, out));
  if (out.groups_are_missing()) {
    BW_CHECK(make_table_of_groups(core, out));
    return out;
  }
  // SQLite takes a HAVING only where the select list has an aggregate.
  if (out.aggregated && !listed && out.group_by.empty()) out.items.front() = of_one_group(out.items.front());
  out.single_row = out.group_by.empty() && (out.aggregated || core.from.empty());
  return out;
}

Result<std::string> SelectBinder::order_term(const ast::Expr& e, const Scope& scope,
                                             std::vector<Bound>& columns,
                                             const std::vector<std::string>& labels) {
  std::optional<std::size_t> position = position_of(e);
  if (position && (*position < 1 || *position > columns.size()))
    return fail(error::column_not_found(std::to_string(*position), "order clause"));
  if (const auto* name = std::get_if<ast::ColumnRef>(&e.node); name != nullptr && name->table.empty()) {
    BW_TRY(const auto labelled, find_label(name->column, columns, labels, kOrderBy.name));
    if (labelled && !position) position = *labelled + 1;
  }
  if (position && columns[*position - 1].sleeps) return fail(misplaced_sleep());
  if (position && columns[*position - 1].foreign) return std::string("NULL");
  if (position && !columns[*position - 1].wide)
    return sort_term(columns[*position - 1], std::to_string(*position));
  if (position) return sort_term(columns[*position - 1], columns[*position - 1].sql);
  ExpressionBinder binder(state_, scope, kOrderBy, outer_);
  const auto before = binder.named_so_far();
  BW_TRY(const Bound b, binder.bind(e));
  if (b.aggregate && scope.groups != nullptr) scope.groups->ordered_by = true;
  const bool foreign = !b.aggregate && names_others_alone(before, binder.named_so_far());
  return foreign || b.constant() || is_position(b.sql) || b.type.kind == Kind::null
             ? std::string("NULL")
             : sort_term(b, b.column ? b.sql : "+" + settled(b));
}

Result<std::string> SelectBinder::order(const std::vector<ast::OrderItem>& items, const Scope& scope,
                                        std::vector<Bound>& columns, const std::vector<std::string>& labels) {
  std::string sql;
  for (const ast::OrderItem& item : items) {
    BW_TRY(const std::string term, order_term(*item.expr, scope, columns, labels));
    sql += (sql.empty() ? " ORDER BY " : ", ") + term + (item.descending ? " DESC" : "");
  }
  return sql;
}

Result<std::string> SelectBinder::limit_value(const ast::Expr& e) {
  Bound b;
  if (const auto* literal = std::get_if<ast::Literal>(&e.node))
    b.literal = literal;
  else if (const auto* parameter = std::get_if<ast::Parameter>(&e.node))
    b.parameter = parameter->index;
  else
    return fail(error::parse_sql());
  const Scope nothing;
  return ExpressionBinder(state_, nothing, kLimit).constant_as(b, Convert::limit);
}

Result<std::string> SelectBinder::limit(const std::optional<ast::LimitClause>& limit) {
  if (!limit) return std::string();
  BW_TRY(std::string sql, limit_value(*limit->count));
  sql.insert(0, " LIMIT ");
  if (limit->offset == nullptr) return sql;
  BW_TRY(const std::string offset, limit_value(*limit->offset));
  return sql + " OFFSET " + offset;
}

Result<> SelectBinder::open_with(const ast::Select& node) {
  for (std::size_t i = 0; i < node.with.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (iequals(node.with[i].name, node.with[j].name))
        return fail(error::non_unique_table(node.with[i].name));
    }
  }
  state_.with.push_back({.tables = &node.with, .visible = node.with.size(), .recursive = node.recursive});
  return {};
}

Result<BoundSelect> SelectBinder::bind(const ast::Select& node) {
  const Nesting nesting(state_);
  if (nesting.too_deep()) return fail(error::not_supported("sub-queries nested this deeply"));
  if (node.with.empty()) return body(node);
  BW_CHECK(open_with(node));
  auto bound = body(node);
  state_.with.pop_back();
  return bound;
}

// An aggregate in ORDER BY alone makes one group of all rows.
Result<std::string> SelectBinder::order_of(const ast::Select& node, const ast::SelectCore& core,
                                           Core& parts) {
  parts.scope.items = &parts.items;  // the Core has moved
  BW_TRY(std::string sql, order(node.order_by, parts.scope, parts.items, parts.labels));
  if (parts.groups_are_missing()) {
    BW_CHECK(make_table_of_groups(core, parts));
    BW_TRY(sql, order(node.order_by, parts.scope, parts.items, parts.labels));
  }
  if (parts.single_row && parts.groups->rows != nullptr) return std::string();
  const bool grouped = parts.aggregated || !parts.group_by.empty() || parts.groups->rows != nullptr;
  if (!parts.groups->ordered_by || grouped) return sql;
  parts.items.front() = of_one_group(parts.items.front());
  parts.single_row = true;
  return std::string();
}

namespace {

/// GROUP BY ... ORDER BY NULL: the groups come in the order in which their first rows do.
bool keeps_order_of_rows(const ast::Select& node, const ast::SelectCore& core) {
  const auto is_null = [](const ast::OrderItem& item) {
    const auto* literal = std::get_if<ast::Literal>(&item.expr->node);
    return literal != nullptr && literal->kind == ast::LiteralKind::null;
  };
  return !core.group_by.empty() && !core.distinct && !node.order_by.empty() &&
         std::ranges::all_of(node.order_by, is_null);
}

}  // namespace

Result<BoundSelect> SelectBinder::body(const ast::Select& node) {
  const auto* single = std::get_if<ast::SelectCore>(&node.parts.front().body);
  if (node.parts.size() > 1 || single == nullptr) return compound(node);
  const bool keeps_order = keeps_order_of_rows(node, *single) && !state_.oracle;
  BW_TRY(Core parts, core(*single, keeps_order));
  BW_TRY(std::string order_by, order_of(node, *single, parts));
  if (keeps_order && !parts.scope.rownum.empty() && parts.groups->rows == nullptr)
    order_by = " ORDER BY min(" + parts.scope.rownum + ")";
  BW_TRY(const std::string limit_sql, limit(node.limit));
  BoundSelect out;
  out.single_row = parts.single_row;
  out.sql = select_text(parts.items, parts.distinct, parts.distinct) + parts.tail() + order_by + limit_sql;
  out.items = std::move(parts.items);
  out.labels = std::move(parts.labels);
  BW_CHECK(check_size(out.sql));
  return out;
}

namespace {

/// The parts' columns made one type each.
void unify(std::vector<Bound>& items, const std::vector<SqlType>& types) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].sql = as_type(items[i], types[i]);
    items[i].type = types[i];
    items[i].unrounded = false;
  }
}

Bound output_column(const Bound& item, const SqlType& type, const std::string& sql) {
  Bound b;
  b.sql = sql;
  b.type = type;
  b.wide = item.wide && type.kind == Kind::integer;
  b.column = true;
  return b;
}

}  // namespace

/// One part of a union: a plain SELECT, or one in parentheses with its own ORDER BY and LIMIT.
struct SelectBinder::UnionPart {
  std::vector<Bound> items;
  std::vector<std::string> labels;
  std::string tail;
  bool distinct = false;
};

Result<SelectBinder::UnionPart> SelectBinder::union_part(const ast::Select::Part& part) {
  if (const auto* single = std::get_if<ast::SelectCore>(&part.body)) {
    BW_TRY(Core bound, core(*single));
    std::string tail = bound.tail();
    return UnionPart{std::move(bound.items), std::move(bound.labels), std::move(tail), bound.distinct};
  }
  BW_TRY(BoundSelect bound, bind(*std::get<ast::SelectPtr>(part.body)));
  const std::string name = state_.fresh_name("p");
  UnionPart wrapped{{}, std::move(bound.labels), " FROM (" + bound.sql + ") AS " + name, false};
  for (const Bound& item : bound.items) {
    const std::string sql = name + ".c" + std::to_string(wrapped.items.size() + 1);
    wrapped.items.push_back(output_column(item, item.type, sql));
  }
  return wrapped;
}

Result<std::vector<SelectBinder::UnionPart>> SelectBinder::union_parts(
    std::span<const ast::Select::Part> nodes) {
  if (nodes.size() > kMaxUnionParts) return fail(error::not_supported("a union of this many parts"));
  std::vector<UnionPart> parts;
  for (const ast::Select::Part& part : nodes) {
    BW_TRY(UnionPart bound, union_part(part));
    parts.push_back(std::move(bound));
    if (parts.back().items.size() != parts.front().items.size()) return fail(error::column_count_differs());
  }
  return parts;
}

/// The union's own ORDER BY and LIMIT, over its columns.
Result<std::string> SelectBinder::ordered_union(const ast::Select& node, std::vector<Bound>& columns,
                                                const std::vector<std::string>& labels,
                                                const std::string& sql) {
  if (node.order_by.empty() && !node.limit) return sql;
  Scope scope;
  ScopeTable outputs;
  outputs.sql_name = "u";
  outputs.numbered = true;
  for (std::size_t i = 0; i < columns.size(); ++i)
    outputs.columns.push_back({labels[i], columns[i].type, columns[i].wide});
  scope.tables.push_back(std::move(outputs));
  BW_TRY(const std::string order_by, order(node.order_by, scope, columns, labels));
  BW_TRY(const std::string limit_sql, limit(node.limit));
  return select_text(columns, false, false) + " FROM (" + sql + ") AS u" + order_by + limit_sql;
}

/// The columns' types; `out` gets the columns themselves.
std::vector<SqlType> SelectBinder::union_types(const std::vector<UnionPart>& parts, BoundSelect& out) {
  std::vector<SqlType> types;
  for (std::size_t i = 0; i < parts.front().items.size(); ++i) {
    std::vector<Bound> column;
    column.reserve(parts.size());
    for (const UnionPart& part : parts) column.push_back(part.items[i]);
    types.push_back(parts.size() == 1 ? column.front().type : common_type(column));
    out.items.push_back(output_column(column.front(), types[i], "u.c" + std::to_string(i + 1)));
  }
  return types;
}

// Without an order of its own a union gives its rows in the order in which its parts do, and of equal ones the first:
// SQLite's UNION would sort them, its DISTINCT doesn't.
Result<BoundSelect> SelectBinder::compound(const ast::Select& node) {
  BW_TRY(std::vector<UnionPart> parts, union_parts(node.parts));
  BoundSelect out;
  const std::vector<SqlType> types = union_types(parts, out);
  std::size_t last_distinct = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (node.parts[i].op == ast::SetOp::union_distinct) last_distinct = i;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    unify(parts[i].items, types);
    if (i > 0) out.sql += " UNION ALL ";
    out.sql += select_text(parts[i].items, parts[i].distinct, parts[i].distinct) + parts[i].tail;
    BW_CHECK(check_size(out.sql));
    if (i != last_distinct || i == 0) continue;
    const std::string name = state_.fresh_name("u");
    std::vector<Bound> columns;
    for (std::size_t c = 0; c < types.size(); ++c)
      columns.push_back(output_column(out.items[c], types[c], name + ".c" + std::to_string(c + 1)));
    out.sql = select_text(columns, true, true) + " FROM (" + out.sql + ") AS " + name;
  }
  out.labels = std::move(parts.front().labels);
  BW_TRY(out.sql, ordered_union(node, out.items, out.labels, out.sql));
  return out;
}

// ---- recursive tables

/// A row's own columns as those of the table, and one step (d) more than the row that it is made from.
Result<std::string> SelectBinder::recursive_step(const ast::CommonTable& table, const ast::SelectCore& node,
                                                 const std::vector<SqlType>& types, Recursion& recursion) {
  recursion.uses = 0;
  const std::size_t windows = state_.windows;
  BW_TRY(Core bound, core(node));
  if (recursion.uses != 1) return fail(error::cte_requires_single_reference(table.name));
  const bool grouped = node.distinct || !node.group_by.empty() || node.having != nullptr ||
                       bound.groups->wanted || any_aggregate_item(bound.items);
  if (grouped || state_.windows != windows) return fail(error::cte_forbids_aggregation(table.name));
  if (bound.items.size() != types.size()) return fail(error::column_count_differs());
  unify(bound.items, types);
  return select_text(bound.items, false, false) + ", bw_next_step(" + recursion.named_as + ".d) AS d" +
         bound.tail();
}

/// The SELECTs that don't name the table give its columns their types.
Result<BoundSelect> SelectBinder::bind_recursive(const ast::CommonTable& table, std::size_t first_step,
                                                 Recursion& recursion) {
  const std::span<const ast::Select::Part> nodes = table.select->parts;
  BW_TRY(std::vector<UnionPart> parts, union_parts(nodes.first(first_step)));
  BoundSelect out;
  std::vector<SqlType> types = union_types(parts, out);
  out.labels = table.columns.empty() ? parts.front().labels : table.columns;
  if (out.labels.size() != types.size()) return fail(error::column_list_differs());
  std::string names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    types[i].nullable = out.items[i].type.nullable = true;
    recursion.columns.columns.push_back({out.labels[i], types[i], out.items[i].wide});
    names += "c" + std::to_string(i + 1) + ",";
  }
  recursion.columns.numbered = true;
  const bool distinct = std::ranges::any_of(nodes.first(first_step).subspan(1), [](const auto& part) {
    return part.op == ast::SetOp::union_distinct;
  });
  std::string sql;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    unify(parts[i].items, types);
    if (i > 0) sql += nodes[i].op == ast::SetOp::union_all ? " UNION ALL " : " UNION ";
    sql += select_text(parts[i].items, parts[i].distinct, distinct || parts[i].distinct) + ", 0 AS d" +
           parts[i].tail;
  }
  state_.with.back().recursion = &recursion;
  for (const ast::Select::Part& node : nodes.subspan(first_step)) {
    BW_TRY(const std::string step,
           recursive_step(table, std::get<ast::SelectCore>(node.body), types, recursion));
    sql += " UNION ALL " + step;
    BW_CHECK(check_size(sql));
  }
  const std::string& name = recursion.sql_name;
  out.sql = "WITH RECURSIVE " + name + "(" + names + "d) AS (" + sql + ") SELECT " +
            names.substr(0, names.size() - 1) + " FROM " + name;
  return out;
}

}  // namespace breakwater::catalog
