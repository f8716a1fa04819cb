// Small builders of the AST, for SHOW statements.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/show/show.h"
#include "grammar/ast.h"

namespace breakwater::catalog::show {

ast::ExprPtr make(decltype(ast::Expr::node) node);
ast::ExprPtr column(std::string name);
ast::ExprPtr text(std::string value);
ast::ExprPtr call(std::string name, std::vector<ast::ExprPtr> args = {});
ast::ExprPtr equal(std::string name, std::string value);
/// AND; either may be null.
ast::ExprPtr both(ast::ExprPtr a, ast::ExprPtr b);
ast::SelectItem item(ast::ExprPtr expr, std::string label);

struct Renamed {
  const char* column;
  const char* label;
};

/// The columns and the view that a SHOW reads, before LIKE and WHERE.
struct Source {
  std::vector<ast::SelectItem> items;
  std::string schema;
  std::string view;
  ast::ExprPtr where = nullptr;
  std::string order_by = {};
};

Source from(std::string_view schema, std::string view, std::initializer_list<Renamed> columns);

/// SELECT * FROM (SELECT a AS label ... FROM view WHERE ...) AS `show` WHERE label LIKE pattern, so that
/// filters can name the labels. LIKE is for `like_column`, or for the first column.
ast::Select wrapped(Source source, const ast::Show& show, const std::string& like_column);
ast::Select wrapped(Source source, const ast::Show& show);

/// A SHOW about a schema, its tables and programs (show_schema.cpp). Nullopt for any other kind.
std::optional<Result<ast::Select>> of_schema(const Dictionary& dictionary, const ast::Show& show,
                                             const Viewer& viewer);

}  // namespace breakwater::catalog::show
