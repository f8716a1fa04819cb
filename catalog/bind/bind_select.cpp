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
  std::string tail;  ///< FROM ... HAVING
  bool distinct = false;
  bool single_row = false;
  bool filtered = false;  ///< has a WHERE

  /// What * stands for.
  Result<> add_columns(const ast::Star& star);
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
    items.push_back(column_of(table, column));
    labels.push_back(column.name);
  };
  // What USING names comes first, then the rest in the tables' order.
  for (const ScopeTable& table : scope.tables) {
    for (const ScopeColumn& column : table.columns) {
      if (star.table.empty() && column.common && !column.merged) add(table, column);
    }
  }
  for (const ScopeTable& table : scope.tables) {
    const bool wanted = star.table.empty() || (iequals(star.table, table.alias) &&
                                               (star.schema.empty() || iequals(star.schema, table.schema)));
    if (!wanted) continue;
    found = true;
    for (const ScopeColumn& column : table.columns) {
      if (!star.table.empty() || (!column.merged && !column.common)) add(table, column);
    }
  }
  return found ? Result<>() : fail(error::unknown_table(star.table));
}

Result<> SelectBinder::select_list(const ast::SelectCore& core, Core& out) {
  for (const ast::SelectItem& item : core.items) {
    if (const auto* star = std::get_if<ast::Star>(&item.what)) {
      BW_CHECK(out.add_columns(*star));
      continue;
    }
    const ast::Expr& e = *std::get<ast::ExprPtr>(item.what);
    ExpressionBinder binder(state_, out.scope, kSelectList, outer_);
    BW_TRY(Bound b, binder.item(e, &core == state_.top_core && !core.distinct));
    b.windowed = binder.windowed();
    std::string label = item.text;
    if (const auto* column = std::get_if<ast::ColumnRef>(&e.node)) label = column->column;
    out.items.push_back(std::move(b));
    out.labels.push_back(item.alias.value_or(label));
  }
  if (out.items.size() > kMaxColumns) return fail(error::not_supported("this many columns"));
  return {};
}

Result<> SelectBinder::filter(const ast::SelectCore& core, Core& out) {
  const ast::Expr* of_show = &core == state_.show_core ? state_.show_where : nullptr;
  for (const ast::Expr* condition : {static_cast<const ast::Expr*>(core.where.get()), of_show}) {
    if (condition == nullptr) continue;
    BW_TRY(const Bound bound, ExpressionBinder(state_, out.scope, kWhere, outer_).bind(*condition));
    out.tail += (out.filtered ? " AND " : " WHERE ") + truth(bound);
    out.filtered = true;
  }
  return {};
}

Result<std::string> SelectBinder::group(const ast::SelectCore& core, Core& out) {
  std::string sql;
  for (const auto& key : core.group_by) {
    Bound b;
    if (const auto position = position_of(*key)) {
      if (*position < 1 || *position > out.items.size())
        return fail(error::column_not_found(std::to_string(*position), "group statement"));
      b = out.items[*position - 1];
      if (b.sleeps) return fail(misplaced_sleep());
      if (b.windowed) return fail(error::window_function_misplaced(out.labels[*position - 1]));
    } else {
      BW_TRY(b, ExpressionBinder(state_, out.scope, kGroupBy, outer_).bind(*key));
    }
    if (b.aggregate) return fail(error::invalid_group_func_use());
    const std::string term = settled(b);
    sql +=
        (sql.empty() ? " GROUP BY " : ", ") + (is_position(term) ? std::string("NULL") : sort_term(b, term));
  }
  return sql;
}

Result<std::string> SelectBinder::having(const ast::SelectCore& core, Core& out, bool grouped) {
  if (core.having == nullptr) return std::string();
  BW_TRY(const Bound condition, ExpressionBinder(state_, out.scope, kHaving, outer_).bind(*core.having));
  grouped = grouped || condition.aggregate;
  // Without groups HAVING is a filter on rows.
  if (!grouped) out.tail += (out.filtered ? " AND " : " WHERE ") + truth(condition);
  return grouped ? " HAVING " + truth(condition) : std::string();
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

}  // namespace

Result<SelectBinder::Core> SelectBinder::core(const ast::SelectCore& core) {
  Core out;
  out.distinct = core.distinct;
  BW_TRY(out.tail, FromBinder(state_, out.scope, outer_).bind(core.from));
  const bool numbered = state_.oracle && core.names_rownum;
  if (numbered) {
    BW_TRY(out.tail, numbered_rows(core, out.tail, out.scope, out.filtered));
  }
  BW_CHECK(select_list(core, out));
  if (!numbered) BW_CHECK(filter(core, out));
  out.scope.items = &out.items;
  out.scope.labels = out.labels;
  BW_TRY(const std::string group_by, group(core, out));
  bool aggregated = false;
  for (const Bound& item : out.items) aggregated = aggregated || item.aggregate;
  BW_TRY(const std::string having_sql, having(core, out, aggregated || !group_by.empty()));
  // SQLite takes a HAVING only where the select list has an aggregate.
  if (!having_sql.empty() && group_by.empty() && !aggregated)
    out.items.front() = of_one_group(out.items.front());
  aggregated = aggregated || !having_sql.empty();
  out.tail += group_by + having_sql;
  out.single_row = group_by.empty() && (aggregated || core.from.empty());
  return out;
}

Result<std::string> SelectBinder::order_term(const ast::Expr& e, const Scope& scope,
                                             std::vector<Bound>& columns,
                                             const std::vector<std::string>& labels) {
  std::optional<std::size_t> position = position_of(e);
  if (position && (*position < 1 || *position > columns.size()))
    return fail(error::column_not_found(std::to_string(*position), "order clause"));
  if (const auto* name = std::get_if<ast::ColumnRef>(&e.node); name != nullptr && name->table.empty()) {
    for (std::size_t i = 0; i < labels.size() && !position; ++i) {
      if (iequals(labels[i], name->column)) position = i + 1;
    }
  }
  if (position && columns[*position - 1].sleeps) return fail(misplaced_sleep());
  if (position && !columns[*position - 1].wide)
    return sort_term(columns[*position - 1], std::to_string(*position));
  if (position) return sort_term(columns[*position - 1], columns[*position - 1].sql);
  BW_TRY(const Bound b, ExpressionBinder(state_, scope, kOrderBy, outer_).bind(e));
  return b.constant() || is_position(b.sql) || b.type.kind == Kind::null
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

Result<BoundSelect> SelectBinder::body(const ast::Select& node) {
  const auto* single = std::get_if<ast::SelectCore>(&node.parts.front().body);
  if (node.parts.size() > 1 || single == nullptr) return compound(node);
  BW_TRY(Core parts, core(*single));
  parts.scope.items = &parts.items;  // the Core has moved
  BW_TRY(const std::string order_by, order(node.order_by, parts.scope, parts.items, parts.labels));
  BW_TRY(const std::string limit_sql, limit(node.limit));
  BoundSelect out;
  out.single_row = parts.single_row;
  out.sql = select_text(parts.items, parts.distinct, parts.distinct) + parts.tail + order_by + limit_sql;
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
    return UnionPart{std::move(bound.items), std::move(bound.labels), std::move(bound.tail), bound.distinct};
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

Result<BoundSelect> SelectBinder::compound(const ast::Select& node) {
  BW_TRY(std::vector<UnionPart> parts, union_parts(node.parts));
  BoundSelect out;
  const std::vector<SqlType> types = union_types(parts, out);
  const bool distinct = std::any_of(node.parts.begin() + 1, node.parts.end(),
                                    [](const auto& part) { return part.op == ast::SetOp::union_distinct; });
  for (std::size_t i = 0; i < parts.size(); ++i) {
    unify(parts[i].items, types);
    if (i > 0) out.sql += node.parts[i].op == ast::SetOp::union_all ? " UNION ALL " : " UNION ";
    out.sql += select_text(parts[i].items, parts[i].distinct, distinct || parts[i].distinct) + parts[i].tail;
    BW_CHECK(check_size(out.sql));
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
                       std::ranges::any_of(bound.items, [](const Bound& item) { return item.aggregate; });
  if (grouped || state_.windows != windows) return fail(error::cte_forbids_aggregation(table.name));
  if (bound.items.size() != types.size()) return fail(error::column_count_differs());
  unify(bound.items, types);
  return select_text(bound.items, false, false) + ", bw_next_step(" + recursion.named_as + ".d) AS d" +
         bound.tail;
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
