// What is known of a statement while it is bound, by all who bind a part of it: SelectBinder, FromBinder and
// ExpressionBinder hold it by reference. One for a statement, used by one thread and thrown away.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "catalog/bind/bound.h"
#include "catalog/bind/plan.h"

namespace breakwater::catalog {

/// No statement renders to more: aliases and CASE repeat what they stand for.
inline constexpr std::size_t kMaxRenderedSql = std::size_t{1} << 20U;
/// SQLite's own limit is 1000 levels; one of ours renders to few of its.
inline constexpr std::size_t kMaxBoundDepth = 400;
/// How many parts of a statement may be bound twice.
inline constexpr std::size_t kMaxBoundAgain = 64;
inline constexpr std::size_t kMaxColumns = 2000;    ///< SQLite's SQLITE_MAX_COLUMN
inline constexpr std::size_t kMaxUnionParts = 500;  ///< SQLite's SQLITE_MAX_COMPOUND_SELECT

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

class BindState {
 public:
  BindState(const Dictionary& in_dictionary, const BindContext& in_context, Plan& to_plan, PlanCode& to_code)
      : dictionary(in_dictionary),
        context(in_context),
        plan(to_plan),
        code(to_code),
        oracle(in_context.visibility == Visibility::oracle) {}
  BindState(const BindState&) = delete;
  BindState& operator=(const BindState&) = delete;

  const Dictionary& dictionary;
  const BindContext& context;
  Plan& plan;
  PlanCode& code;
  bool oracle;                  ///< the SELECT is an Oracle tenant's; what SHOW is made of isn't
  bool hidden_views = false;    ///< of SHOW: it may read them
  std::size_t depth = 0;        ///< see Nesting
  std::size_t windows = 0;      ///< window functions so far
  std::vector<WithFrame> with;  ///< innermost last
  const ast::SelectCore* top_core = nullptr;   ///< the statement's, where it is one SELECT
  const ast::SelectCore* show_core = nullptr;  ///< the core that show_where filters
  const ast::Expr* show_where = nullptr;       ///< of a SHOW

  /// Before a part is bound a second time, which may hold others of the kind: not_supported after kMaxBoundAgain.
  Result<> bind_again();

  /// ?1, ?2 ...: the place of a value in the SQL. Equal ones share a place, but for free literals.
  std::string slot(Slot slot);
  std::string text_slot(std::string_view text);
  /// A name that nothing in the SQL has yet: t1, s2, t3 ...
  std::string fresh_name(std::string_view prefix);

 private:
  /// Positions in code.slots, found by what stands there: a statement may have 65,535 parameters.
  struct SlotHash {
    const std::vector<Slot>& slots;
    std::size_t operator()(std::size_t at) const;
  };
  struct SlotEqual {
    const std::vector<Slot>& slots;
    bool operator()(std::size_t a, std::size_t b) const { return slots[a] == slots[b]; }
  };

  std::unordered_set<std::size_t, SlotHash, SlotEqual> shared_slots_{0, SlotHash{code.slots},
                                                                     SlotEqual{code.slots}};
  unsigned names_ = 0;
  std::size_t bound_again_ = 0;
};

/// One level deeper for as long as it lives.
class Nesting {
 public:
  explicit Nesting(BindState& state) : state_(state) { ++state_.depth; }
  ~Nesting() { --state_.depth; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

  bool too_deep() const { return state_.depth > kMaxBoundDepth; }

 private:
  BindState& state_;
};

/// not_supported if it is larger than kMaxRenderedSql.
Result<> check_size(const std::string& sql);

}  // namespace breakwater::catalog
