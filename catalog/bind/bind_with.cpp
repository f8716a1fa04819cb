// WITH: common table expressions, recursive ones too.
#include <algorithm>

#include "base/text.h"
#include "catalog/bind/from_binder.h"
#include "catalog/bind/select_binder.h"

namespace breakwater::catalog {

namespace {

/// What sub-queries name doesn't count. Joins nest to the left without a bound.
bool names(const ast::TableRef& ref, std::string_view table) {
  const ast::TableRef* at = &ref;
  while (const auto* join = std::get_if<ast::Join>(&at->node)) {
    if (names(*join->right, table)) return true;
    at = join->left.get();
  }
  const auto* named = std::get_if<ast::NamedTable>(&at->node);
  return named != nullptr && named->schema.empty() && iequals(named->name, table);
}

bool names_itself(const ast::Select::Part& part, std::string_view table) {
  const auto* core = std::get_if<ast::SelectCore>(&part.body);
  return core != nullptr &&
         std::ranges::any_of(core->from, [&](const ast::TableRef& ref) { return names(ref, table); });
}

/// What MySQL asks of a recursive table: SELECTs that don't name it, then those that do. The place of the
/// first of these; as many as there are parts: it isn't recursive.
Result<std::size_t> first_step(const ast::CommonTable& table) {
  const auto& parts = table.select->parts;
  const auto first = std::ranges::find_if(
      parts, [&](const ast::Select::Part& part) { return names_itself(part, table.name); });
  if (first == parts.end()) return parts.size();
  if (parts.size() == 1) return fail(error::cte_requires_union(table.name));
  const bool in_order = first != parts.begin() && std::all_of(first, parts.end(), [&](const auto& part) {
                          return names_itself(part, table.name);
                        });
  if (!in_order) return fail(error::cte_requires_nonrecursive_first(table.name));
  const bool distinct = std::any_of(first, parts.end(), [](const ast::Select::Part& part) {
    return part.op == ast::SetOp::union_distinct;
  });
  if (distinct) return fail(error::not_supported("UNION DISTINCT in a recursive table"));
  if (!table.select->order_by.empty() || table.select->limit)
    return fail(error::not_supported("ORDER BY and LIMIT in a recursive table"));
  return static_cast<std::size_t>(first - parts.begin());
}

}  // namespace

std::optional<FromBinder::CommonTable> FromBinder::find_common_table(const ast::NamedTable& named) const {
  if (!named.schema.empty()) return std::nullopt;
  for (std::size_t frame = state_.with.size(); frame-- > 0;) {
    for (std::size_t i = 0; i < state_.with[frame].visible; ++i) {
      if (iequals((*state_.with[frame].tables)[i].name, named.name)) return CommonTable{frame, i};
    }
    const std::size_t own = state_.with[frame].visible;
    if (state_.with[frame].recursion != nullptr &&
        iequals((*state_.with[frame].tables)[own].name, named.name))
      return CommonTable{frame, own};
  }
  return std::nullopt;
}

/// Where it is named it is what its SELECT is where it was defined: a sub-query that sees those before it.
Result<std::string> FromBinder::common_table(const CommonTable& found, const ast::NamedTable& named) {
  if (state_.with[found.frame].visible == found.index)
    return own_rows(*state_.with[found.frame].recursion, named);
  const Nesting nesting(state_);
  if (nesting.too_deep()) return fail(error::not_supported("sub-queries nested this deeply"));
  const ast::CommonTable& table = (*state_.with[found.frame].tables)[found.index];
  std::size_t step = table.select->parts.size();
  if (state_.with[found.frame].recursive) {
    BW_TRY(step, first_step(table));
  }
  const bool recursive = step < table.select->parts.size();
  std::vector<WithFrame> outside = state_.with;
  state_.with.resize(found.frame + 1);
  state_.with[found.frame].visible = found.index;
  state_.with[found.frame].recursion = nullptr;
  Recursion recursion{.sql_name = state_.fresh_name("r")};
  SelectBinder binder(state_);
  auto bound = recursive ? binder.bind_recursive(table, step, recursion) : binder.bind(*table.select);
  state_.with = std::move(outside);
  if (!bound) return fail(std::move(bound).error());
  if (!table.columns.empty()) {
    if (table.columns.size() != bound->labels.size()) return fail(error::column_list_differs());
    bound->labels = table.columns;
  }
  return derived(*std::move(bound), named.alias.empty() ? named.name : named.alias);
}

/// The recursive table inside itself: the rows that the step before gave.
Result<std::string> FromBinder::own_rows(Recursion& recursion, const ast::NamedTable& named) {
  ++recursion.uses;
  ScopeTable entry = recursion.columns;
  entry.alias = named.alias.empty() ? named.name : named.alias;
  entry.sql_name = state_.fresh_name("t");
  recursion.named_as = entry.sql_name;
  std::string sql = recursion.sql_name + " AS " + entry.sql_name;
  BW_CHECK(add_table(std::move(entry)));
  return sql;
}

}  // namespace breakwater::catalog
