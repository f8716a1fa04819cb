// WITH: common table expressions, recursive ones too.
#include <algorithm>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"

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

std::optional<Binder::CommonTable> Binder::find_common_table(const ast::NamedTable& named) const {
  if (!named.schema.empty()) return std::nullopt;
  for (std::size_t frame = with_.size(); frame-- > 0;) {
    for (std::size_t i = 0; i < with_[frame].visible; ++i) {
      if (iequals((*with_[frame].tables)[i].name, named.name)) return CommonTable{frame, i};
    }
    const std::size_t own = with_[frame].visible;
    if (with_[frame].recursion != nullptr && iequals((*with_[frame].tables)[own].name, named.name))
      return CommonTable{frame, own};
  }
  return std::nullopt;
}

/// Where it is named it is what its SELECT is where it was defined: a sub-query that sees those before it.
Result<std::string> Binder::common_table(const CommonTable& found, const ast::NamedTable& named,
                                         Scope& scope) {
  if (with_[found.frame].visible == found.index) return own_rows(*with_[found.frame].recursion, named, scope);
  if (++depth_ > kMaxBoundDepth) return fail(error::not_supported("sub-queries nested this deeply"));
  const ast::CommonTable& table = (*with_[found.frame].tables)[found.index];
  std::size_t step = table.select->parts.size();
  if (with_[found.frame].recursive) {
    BW_TRY(step, first_step(table));
  }
  const bool recursive = step < table.select->parts.size();
  std::vector<WithFrame> outside = with_;
  with_.resize(found.frame + 1);
  with_[found.frame].visible = found.index;
  with_[found.frame].recursion = nullptr;
  Recursion recursion{.sql_name = "r" + std::to_string(++tables_)};
  auto bound = recursive ? recursive_union(table, step, recursion) : select(*table.select, nullptr);
  with_ = std::move(outside);
  --depth_;
  if (!bound) return fail(std::move(bound).error());
  if (!table.columns.empty()) {
    if (table.columns.size() != bound->labels.size()) return fail(error::column_list_differs());
    bound->labels = table.columns;
  }
  return derived(*std::move(bound), named.alias.empty() ? named.name : named.alias, scope);
}

/// The recursive table inside itself: the rows that the step before gave.
Result<std::string> Binder::own_rows(Recursion& recursion, const ast::NamedTable& named, Scope& scope) {
  ++recursion.uses;
  ScopeTable entry = recursion.columns;
  entry.alias = named.alias.empty() ? named.name : named.alias;
  entry.sql_name = "t" + std::to_string(++tables_);
  recursion.named_as = entry.sql_name;
  std::string sql = recursion.sql_name + " AS " + entry.sql_name;
  BW_CHECK(add_table(std::move(entry), scope));
  return sql;
}

Result<> Binder::open_with(const ast::Select& node) {
  for (std::size_t i = 0; i < node.with.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (iequals(node.with[i].name, node.with[j].name))
        return fail(error::non_unique_table(node.with[i].name));
    }
  }
  with_.push_back({.tables = &node.with, .visible = node.with.size(), .recursive = node.recursive});
  return {};
}

}  // namespace breakwater::catalog
