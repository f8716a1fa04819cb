// What binding makes of a part of a statement: an expression, a table that names are looked up in, a SELECT.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/bind/query.h"

namespace breakwater::catalog {

/// An expression: its rendering and its MySQL type. SQLite's operators are used only on values of one form
/// (catalog/functions/call.h, Call), so that they mean what MySQL's mean; conversions are rendered where types differ.
struct Bound {
  std::string sql;
  SqlType type;
  bool wide = false;       ///< an unsigned integer that may not fit int64; `sql` gives its bits
  bool unrounded = false;  ///< a decimal with more digits than its type shows: settled() rounds it
  bool aggregate = false;  ///< holds an aggregate
  const ast::Literal* literal = nullptr;   ///< it is just this literal
  std::optional<std::uint32_t> parameter;  ///< or just this `?`
  bool column = false;                     ///< a column: its collation beats a literal's
  std::optional<std::uint64_t> bits;       ///< the number that x'41' is among numbers
  bool collated = false;                   ///< COLLATE was written
  bool sleeps = false;                     ///< SLEEP(n) in a select list; `sql` gives n
  bool windowed = false;                   ///< an item of a select list that holds a window function
  bool foreign = false;                    ///< an item that names columns of SELECTs around its own alone
  std::string display;                     ///< for error texts
  ResultColumn origin = {};                ///< where a column comes from

  bool constant() const { return literal != nullptr || parameter.has_value(); }
};

struct ScopeColumn {
  std::string name;
  SqlType type;
  bool wide = false;
  bool merged = false;  ///< a USING column that the other table's stands for
  bool common = false;  ///< the one that stands for it, while its join is bound
};

struct ScopeTable {
  std::string alias;  ///< what qualifies its columns
  std::string schema;
  std::string sql_name;  ///< t1, t2 ...
  std::string org_name;  ///< the view's; empty for a derived table
  std::vector<ScopeColumn> columns;
  bool numbered = false;  ///< in SQL its columns are c1, c2 ...
  std::size_t first = 0;  ///< of those: how many stand before its own
};

/// A clause of a SELECT, and what may stand in it.
struct Clause {
  enum class Aliases : std::uint8_t { hidden, after_columns, before_columns, for_subqueries };
  const char* name;  ///< as errors call it
  bool aggregates = false;
  bool windows = false;
  Aliases aliases = Aliases::hidden;  ///< of the select list: whether a name may be one, and when it is tried
  bool free_literals = false;         ///< its literals don't shape the result's columns
};
/// A value outside of a SELECT.
inline constexpr Clause kValue{.name = "field list"};
inline constexpr Clause kSelectList{
    .name = "field list", .aggregates = true, .windows = true, .aliases = Clause::Aliases::for_subqueries};
inline constexpr Clause kOn{.name = "on clause", .free_literals = true};
inline constexpr Clause kWhere{.name = "where clause", .free_literals = true};
/// What ROWNUM is compared with: it may name no column.
inline constexpr Clause kRownumLimit{.name = "where clause"};
inline constexpr Clause kGroupBy{.name = "group statement", .aliases = Clause::Aliases::after_columns};
inline constexpr Clause kHaving{
    .name = "having clause", .aggregates = true, .aliases = Clause::Aliases::before_columns};
inline constexpr Clause kOrderBy{
    .name = "order clause", .aggregates = true, .windows = true, .aliases = Clause::Aliases::after_columns};
inline constexpr Clause kLimit{.name = "field list", .free_literals = true};

struct Groups;

/// One of the columns that * stands for.
struct StarColumn {
  std::size_t table;
  std::size_t column;
};

/// The names that an expression of a SELECT may mean, beside those of the SELECTs around it.
struct Scope {
  std::vector<ScopeTable> tables = {};
  std::vector<StarColumn> star = {};     ///< in the order in which * gives them
  std::vector<Bound>* items = nullptr;   ///< the select list, once its aliases can be named
  std::vector<std::string> labels = {};  ///< of `items`
  std::string rownum = {};               ///< Oracle's ROWNUM in SQL; empty: it can't stand here
  Groups* groups = nullptr;              ///< of a SELECT: what is known of its groups
};

/// The groups of a SELECT. Where a sub-query has an aggregate of its, they are a table of their own, of which the
/// aggregates are columns: SQLite computes an aggregate only for the SELECT that it stands in and, at times, the next one.
struct Groups {
  bool wanted = false;                       ///< as a table
  bool ordered_by = false;                   ///< an aggregate stands in ORDER BY
  std::unique_ptr<Scope> rows = {};          ///< once they are a table: the names of what is grouped
  std::string sql_name = {};                 ///< of the table: g1, g2 ...
  std::vector<std::string> aggregates = {};  ///< its columns a1, a2 ...
  std::string one_row =
      {};  ///< a table t1, t2 ... of one row, in the place of a FROM that isn't there; empty: not needed
};

/// A SELECT that is bound: its columns, and its text with them named c1, c2 ...
struct BoundSelect {
  std::vector<Bound> items;
  std::vector<std::string> labels;
  std::string sql;
  bool single_row = false;  ///< it can't give more than one
};

/// A reference to a column of a table in scope.
Bound column_of(const ScopeTable& table, const ScopeColumn& column);

}  // namespace breakwater::catalog
