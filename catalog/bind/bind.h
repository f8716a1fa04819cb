// The binder: from the AST to SQLite's SQL, typing every expression on the way. One Binder binds one
// statement; it is used by one thread and thrown away.
//
// An expression becomes a Bound: its rendering and its MySQL type. SQLite's operators are used only on values
// of one form (catalog/functions/call.h, Call), so that they mean what MySQL's mean; conversions are rendered where types
// differ.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "catalog/bind/plan.h"
#include "catalog/bind/query.h"
#include "catalog/functions/function_row.h"

namespace breakwater::catalog {

/// No statement renders to more: aliases and CASE repeat what they stand for.
inline constexpr std::size_t kMaxRenderedSql = std::size_t{1} << 20U;
/// SQLite's own limit is 1000 levels; one of ours renders to few of its.
inline constexpr std::size_t kMaxBoundDepth = 400;
inline constexpr std::size_t kMaxColumns = 2000;    ///< SQLite's SQLITE_MAX_COLUMN
inline constexpr std::size_t kMaxUnionParts = 500;  ///< SQLite's SQLITE_MAX_COMPOUND_SELECT

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
  std::string display;                     ///< for error texts
  ResultColumn origin = {};                ///< where a column comes from

  bool constant() const { return literal != nullptr || parameter.has_value(); }
};

struct ScopeColumn {
  std::string name;
  SqlType type;
  bool wide = false;
  bool merged = false;  ///< a USING column that the other table's stands for
  bool common = false;  ///< the one that stands for it: * gives it first
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
  enum class Aliases : std::uint8_t { hidden, after_columns, before_columns };
  const char* name;  ///< as errors call it
  bool aggregates = false;
  bool windows = false;
  Aliases aliases = Aliases::hidden;  ///< of the select list: whether a name may be one, and when it is tried
  bool free_literals = false;         ///< its literals don't shape the result's columns
};
/// A value outside of a SELECT.
inline constexpr Clause kValue{.name = "field list"};
inline constexpr Clause kSelectList{.name = "field list", .aggregates = true, .windows = true};
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

/// What a name may mean where an expression stands.
struct Scope {
  const Scope* parent = nullptr;
  std::vector<ScopeTable> tables = {};
  const Clause* clause = &kValue;
  // What the expression that is being bound stands in:
  bool inside_aggregate = false;
  bool inside_window = false;
  std::size_t windows = 0;               ///< window functions so far, without those of sub-queries
  bool inside_arguments = false;         ///< of a function, whose result's type they may shape
  std::vector<Bound>* items = nullptr;   ///< the select list, where its aliases can be named
  std::vector<std::string> labels = {};  ///< of `items`
  std::string rownum = {};               ///< Oracle's ROWNUM in SQL; empty: it can't stand here

  bool takes_aggregates() const { return clause->aggregates && !inside_aggregate; }
  bool takes_windows() const { return clause->windows && !inside_window && !inside_aggregate; }
  bool frees_literals() const { return clause->free_literals && !inside_arguments; }
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

class Binder {
 public:
  Binder(const Dictionary& dictionary, const BindContext& context, Plan& plan, PlanCode& code)
      : dictionary_(dictionary),
        context_(context),
        plan_(plan),
        code_(code),
        oracle_(context.visibility == Visibility::oracle) {}

  Result<> bind_statement(const ast::Select& select);
  Result<> bind_value(const ast::Expr& expr);
  /// A SELECT made by select_of_show(), with the statement's own WHERE (or null) over its columns.
  Result<> bind_show(const ast::Select& select, const ast::Expr* where);

 private:
  // bind_select.cpp
  struct Core;
  Result<BoundSelect> select(const ast::Select& select, const Scope* parent);
  Result<BoundSelect> select_body(const ast::Select& select, const Scope* parent);
  struct UnionPart;
  Result<BoundSelect> compound(const ast::Select& select, const Scope* parent);
  struct Recursion;
  Result<BoundSelect> recursive_union(const ast::CommonTable& table, std::size_t first_step,
                                      Recursion& recursion);
  Result<std::string> recursive_step(const ast::CommonTable& table, const ast::SelectCore& core,
                                     const std::vector<SqlType>& types, Recursion& recursion);
  Result<UnionPart> union_part(const ast::Select::Part& part, const Scope* parent);
  Result<std::vector<UnionPart>> union_parts(std::span<const ast::Select::Part> parts, const Scope* parent);
  static std::vector<SqlType> union_types(const std::vector<UnionPart>& parts, BoundSelect& out);
  Result<std::string> ordered_union(const ast::Select& select, std::vector<Bound>& columns,
                                    const std::vector<std::string>& labels, const std::string& sql);
  Result<Core> core(const ast::SelectCore& core, const Scope* parent);
  Result<> select_list(const ast::SelectCore& core, Core& out);
  Result<> expand_star(const ast::Star& star, Core& out);
  Result<> filter(const ast::SelectCore& core, Core& out);
  Result<std::string> group(const ast::SelectCore& core, Core& out);
  Result<std::string> having(const ast::SelectCore& core, Core& out, bool grouped);
  Result<std::string> order(const std::vector<ast::OrderItem>& items, Scope& scope,
                            std::vector<Bound>& columns, const std::vector<std::string>& labels);
  Result<std::string> order_term(const ast::Expr& expr, Scope& scope, std::vector<Bound>& columns,
                                 const std::vector<std::string>& labels);
  Result<std::string> limit(const std::optional<ast::LimitClause>& limit);
  Result<std::string> limit_value(const ast::Expr& expr);
  void finish_plan(BoundSelect& bound);

  // bind_from.cpp
  Result<std::string> from(const std::vector<ast::TableRef>& refs, Scope& scope);
  Result<std::string> table(const ast::TableRef& ref, Scope& scope, bool nested);
  Result<std::string> named_table(const ast::NamedTable& named, Scope& scope);
  Result<std::string> derived_table(const ast::DerivedTable& derived, Scope& scope);
  Result<std::string> derived(BoundSelect sub, const std::string& alias, Scope& scope);
  Result<std::string> join(const ast::Join& join, Scope& scope);
  Result<std::string> join_condition(const ast::Join& join, Scope& scope, std::size_t first,
                                     std::size_t middle);
  Result<const View*> resolve(const ast::NamedTable& named);
  Result<const View*> resolve_oracle(const ast::NamedTable& named);
  Result<> add_table(ScopeTable table, Scope& scope);
  std::string view_source(const View& view);

  // bind_value.cpp: literals, names, variables; bind_expr.cpp: the rest of expressions
  Result<Bound> expr(const ast::Expr& expr, Scope& scope);
  Result<Bound> visit(const ast::Literal& node, Scope& scope);
  Result<Bound> visit(const ast::ColumnRef& node, Scope& scope);
  Result<Bound> visit(const ast::Rownum& node, Scope& scope);
  Result<Bound> visit(const ast::SystemVariable& node, Scope& scope);
  Result<Bound> visit(const ast::UserVariable& node, Scope& scope);
  Result<Bound> visit(const ast::UserVariableAssignment& node, Scope& scope);
  Result<Bound> visit(const ast::Parameter& node, Scope& scope);
  Result<Bound> visit(const ast::Unary& node, Scope& scope);
  Result<Bound> visit(const ast::Binary& node, Scope& scope);
  Result<Bound> visit(const ast::FunctionCall& node, Scope& scope);
  Result<Bound> visit(const ast::Interval& node, Scope& scope);
  Result<Bound> visit(const ast::Case& node, Scope& scope);
  Result<Bound> visit(const ast::In& node, Scope& scope);
  Result<Bound> visit(const ast::Between& node, Scope& scope);
  Result<Bound> visit(const ast::Like& node, Scope& scope);
  Result<Bound> visit(const ast::Regexp& node, Scope& scope);
  Result<Bound> visit(const ast::Is& node, Scope& scope);
  Result<Bound> visit(const ast::Subquery& node, Scope& scope);
  Result<Bound> visit(const ast::Exists& node, Scope& scope);
  Result<Bound> visit(const ast::QuantifiedComparison& node, Scope& scope);
  Result<Bound> visit(const ast::Row& node, Scope& scope);
  Result<Bound> visit(const ast::Cast& node, Scope& scope);
  Result<Bound> visit(const ast::Collate& node, Scope& scope);
  Result<Bound> alias(const ast::ColumnRef& node, const Scope& scope, bool& found);
  Result<Bound> number_literal(const ast::Literal& node);
  Result<Bound> temporal_literal(const ast::Literal& node);
  Result<Bound> minus(const ast::Unary& node, Scope& scope);
  Result<Bound> logic(const ast::Binary& node, Scope& scope);
  Result<Bound> arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b);
  Result<Bound> bit_operation(ast::BinaryOp op, const Bound& a, const Bound& b);
  Result<Bound> interval_sum(const ast::Expr& base, const ast::Expr& value, const std::string& unit,
                             bool subtract, Scope& scope);
  Result<Bound> in_subquery(const ast::In& node, Scope& scope);
  Bound of_value(const Value& value, bool is_literal);

  // bind_window.cpp, and moving() of bind_aggregate.cpp
  Result<std::string> window_sql(const ast::Window& window, Scope& scope);
  Result<Bound> moving_aggregate(const ast::FunctionCall& node, const std::string& over, Scope& scope);
  Bound moving(const std::string& name, const Bound& argument, const std::string& over) const;
  Result<Bound> ranking(const ast::FunctionCall& node, const std::string& over, Scope& scope);
  Result<Bound> windowed(const ast::FunctionCall& node, Scope& scope);

  // bind_with.cpp
  /// A recursive table while its own SELECTs are bound.
  struct Recursion {
    std::string sql_name;  ///< r1, r2 ...
    ScopeTable columns{};
    std::string named_as{};  ///< what its rows are called in the SELECT that is being bound
    std::size_t uses = 0;    ///< by that SELECT
  };
  /// The WITH of a SELECT that is being bound, and how many of its tables can be seen.
  struct WithFrame {
    const std::vector<ast::CommonTable>* tables;
    std::size_t visible;
    bool recursive;
    Recursion* recursion = nullptr;  ///< of the table behind those that can be seen
  };
  struct CommonTable {
    std::size_t frame;
    std::size_t index;
  };
  std::optional<CommonTable> find_common_table(const ast::NamedTable& named) const;
  Result<std::string> common_table(const CommonTable& found, const ast::NamedTable& named, Scope& scope);
  Result<> open_with(const ast::Select& node);
  Result<std::string> own_rows(Recursion& recursion, const ast::NamedTable& named, Scope& scope);

  // bind_oracle.cpp
  Bound never_empty(Bound b) const;
  Result<std::string> rownum_condition(const ast::Expr& condition, const std::string& rownum);
  Result<std::string> numbered_rows(const ast::SelectCore& core, const std::string& from, Scope& scope,
                                    bool& filtered);
  std::optional<Bound> oracle_arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b);
  void show_oracle_results(BoundSelect& bound);

  // bind_compare.cpp
  Result<Bound> compare(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right, Scope& scope);
  Result<Bound> compare(ast::BinaryOp op, const Bound& left, const Bound& right, const Scope& scope);
  Result<Bound> compare_rows(ast::BinaryOp op, const ast::Row& left, const ast::Row& right, Scope& scope);
  struct Pair;
  Pair comparable(const Bound& left, const Bound& right, const Scope& scope);
  std::string constant_as(const Bound& constant, Convert convert, const Scope& scope);

  // bind_function.cpp; the functions themselves are rows (call_binder.h), whose hooks work through a CallBinder
  friend class CallBinder;
  Result<Bound> call(const FunctionRow& row, const ast::FunctionCall& node, Scope& scope);
  Error unknown_function(const ast::FunctionCall& node) const;
  Result<Bound> item(const ast::Expr& node, Scope& scope, bool may_sleep);
  Result<Bound> sleep(const ast::FunctionCall& node, Scope& scope);
  Result<std::vector<Bound>> arguments(const ast::FunctionCall& node, Scope& scope);

  Result<> check_size(const std::string& sql) const;
  std::string slot(Slot slot);
  std::string text_slot(std::string_view text);

  const Dictionary& dictionary_;
  const BindContext& context_;
  /// Positions in code_.slots, found by what stands there: a statement may have 65,535 parameters.
  struct SlotHash {
    const std::vector<Slot>& slots;
    std::size_t operator()(std::size_t at) const;
  };
  struct SlotEqual {
    const std::vector<Slot>& slots;
    bool operator()(std::size_t a, std::size_t b) const { return slots[a] == slots[b]; }
  };

  Plan& plan_;
  PlanCode& code_;
  bool oracle_;  ///< the SELECT is an Oracle tenant's; what SHOW is made of isn't
  std::unordered_set<std::size_t, SlotHash, SlotEqual> shared_slots_{0, SlotHash{code_.slots},
                                                                     SlotEqual{code_.slots}};
  std::size_t depth_ = 0;
  std::size_t windows_ = 0;      ///< functions so far
  std::vector<WithFrame> with_;  ///< innermost last
  unsigned tables_ = 0;
  bool hidden_views_ = false;
  const ast::SelectCore* top_core_ = nullptr;   ///< the statement's, where it is one SELECT
  const ast::SelectCore* show_core_ = nullptr;  ///< the core that show_where_ filters
  const ast::Expr* show_where_ = nullptr;
};

// ---- types and conversions (convert.cpp)

SqlType integer_type(std::uint32_t length, bool nullable, bool is_unsigned = false);
/// A DOUBLE; `decimals` below kNotFixedDecimals is how many digits it shows behind the point.
SqlType real_type(bool nullable, std::uint32_t decimals = kNotFixedDecimals);
SqlType decimal_type(std::uint32_t digits, std::uint32_t scale, bool nullable);
SqlType text_type(std::uint64_t length, Collation collation, bool nullable);
SqlType datetime_type(std::uint32_t decimals, bool nullable);
SqlType date_type(bool nullable);
SqlType time_type(std::uint32_t decimals, bool nullable);

/// How many digits a value has in front of the point, and in all, when it is made a decimal.
std::uint32_t digits_of(const SqlType& type);
std::uint32_t scale_of(const SqlType& type);
/// The digits behind the point that a DOUBLE made of such numbers shows.
std::uint32_t real_decimals(const SqlType& type);
/// The widest text a value of this type prints as, in characters.
std::uint32_t text_length(const SqlType& type);

/// A decimal's text with the digits of `type`, which is a decimal's. `warned`: the slot of what a warning
/// names when the value doesn't fit; empty: none is given.
std::string fit_decimal(const std::string& sql, const SqlType& type, const std::string& warned = {});
/// As it is shown, stored, sorted and grouped.
std::string settled(const Bound& b);
std::string as_text(const Bound& b);
std::string as_real(const Bound& b);
std::string as_integer(const Bound& b);
std::string as_unsigned(const Bound& b);
std::string as_decimal(const Bound& b);
std::string as_datetime(const Bound& b);
std::string as_timestamp(const Bound& b);
std::string as_date(const Bound& b);
std::string as_time(const Bound& b);
/// A number of some form: what ROUND or + make of a text or a date.
Bound as_number(Bound b);
/// To a type that common_type() gave.
std::string as_type(const Bound& b, const SqlType& type);

/// One of the values that `result` chooses from, in result's type. Decimals keep the digits they have.
std::string as_operand(const Bound& b, Bound& result);

SqlType common_type(const std::vector<Bound>& values);
Collation common_collation(const Bound& a, const Bound& b);

/// As a condition: SQLite takes it as true when it's a number other than 0.
std::string truth(const Bound& b);
/// For ORDER BY, GROUP BY, DISTINCT: with the collation that makes equal what MySQL holds equal.
std::string sort_term(const Bound& b, const std::string& sql);
/// SQLite takes an integer, however many signs and parentheses it has, for a column's position.
bool is_position(std::string_view sql);
std::string_view collate_suffix(const SqlType& type);

}  // namespace breakwater::catalog
