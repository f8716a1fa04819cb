// Binds FROM: names become views, common tables and sub-queries, whose columns the SELECT's expressions may name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/bind/bind_state.h"
#include "catalog/bind/bound.h"
#include "catalog/bind/expression_binder.h"

namespace breakwater::catalog {

class FromBinder {
 public:
  /// Adds the tables to `scope`. `outer`: the expression that the SELECT is a sub-query of, or null.
  FromBinder(BindState& state, Scope& scope, const ExpressionBinder* outer)
      : state_(state), scope_(scope), outer_(outer) {}

  /// " FROM ...", or nothing where there are no tables.
  Result<std::string> bind(const std::vector<ast::TableRef>& refs);

 private:
  Result<std::string> table(const ast::TableRef& ref, bool nested);
  Result<std::string> named_table(const ast::NamedTable& named);
  Result<std::string> derived_table(const ast::DerivedTable& derived);
  Result<std::string> derived(BoundSelect sub, const std::string& alias);
  Result<std::string> join(const ast::Join& join);
  Result<std::string> join_condition(const ast::Join& join, std::size_t first, std::size_t middle);
  void order_star(std::size_t first, std::size_t middle, bool right_first);
  Result<> add_table(ScopeTable table);
  Result<const View*> resolve(const ast::NamedTable& named) const;
  Result<const View*> resolve_oracle(const ast::NamedTable& named) const;
  std::string view_source(const View& view);

  // bind_with.cpp
  struct CommonTable {
    std::size_t frame;
    std::size_t index;
  };
  std::optional<CommonTable> find_common_table(const ast::NamedTable& named) const;
  Result<std::string> common_table(const CommonTable& found, const ast::NamedTable& named);
  Result<std::string> own_rows(Recursion& recursion, const ast::NamedTable& named);

  BindState& state_;
  Scope& scope_;
  const ExpressionBinder* outer_;
};

}  // namespace breakwater::catalog
