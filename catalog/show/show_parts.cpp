#include "catalog/show/show_parts.h"

#include <utility>

namespace breakwater::catalog::show {

ast::ExprPtr make(decltype(ast::Expr::node) node) {
  auto expr = std::make_unique<ast::Expr>();
  expr->node = std::move(node);
  return expr;
}

ast::ExprPtr column(std::string name) {
  return make(ast::ColumnRef{.schema = {}, .table = {}, .column = std::move(name)});
}

ast::ExprPtr text(std::string value) {
  return make(ast::Literal{.kind = ast::LiteralKind::string, .text = std::move(value)});
}

ast::ExprPtr call(std::string name, std::vector<ast::ExprPtr> args) {
  ast::FunctionCall function;
  function.name = std::move(name);
  function.args = std::move(args);
  return make(std::move(function));
}

ast::ExprPtr equal(std::string name, std::string value) {
  return make(ast::Binary{
      .op = ast::BinaryOp::equal, .left = column(std::move(name)), .right = text(std::move(value))});
}

ast::ExprPtr both(ast::ExprPtr a, ast::ExprPtr b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? std::move(b) : std::move(a);
  return make(ast::Binary{.op = ast::BinaryOp::logical_and, .left = std::move(a), .right = std::move(b)});
}

ast::SelectItem item(ast::ExprPtr expr, std::string label) {
  return {.what = std::move(expr), .alias = std::move(label), .text = {}};
}

Source from(std::string_view schema, std::string view, std::initializer_list<Renamed> columns) {
  Source source;
  source.schema = std::string(schema);
  source.view = std::move(view);
  for (const Renamed& c : columns) source.items.push_back(item(column(c.column), c.label));
  return source;
}

namespace {

ast::TableRef table(Source& source) {
  ast::NamedTable named{.schema = source.schema, .name = source.view, .alias = {}};
  return {.node = std::move(named)};
}

}  // namespace

ast::Select wrapped(Source source, const ast::Show& show, const std::string& like_column) {
  auto inner = std::make_unique<ast::Select>();
  ast::SelectCore core;
  core.items = std::move(source.items);
  if (!source.view.empty()) core.from.push_back(table(source));
  core.where = std::move(source.where);
  if (!source.order_by.empty())
    inner->order_by.push_back({.expr = column(source.order_by), .descending = false});
  inner->parts.push_back({.op = {}, .body = std::move(core)});

  ast::Select outer;
  ast::SelectCore filter;
  filter.items.push_back({.what = ast::Star{}, .alias = {}, .text = {}});
  filter.from.push_back({.node = ast::DerivedTable{.select = std::move(inner), .alias = "show"}});
  if (show.like)
    filter.where = make(ast::Like{
        .operand = column(like_column), .pattern = text(*show.like), .escape = nullptr, .negated = false});
  outer.parts.push_back({.op = {}, .body = std::move(filter)});
  return outer;
}

ast::Select wrapped(Source source, const ast::Show& show) {
  const std::string first = *source.items.front().alias;
  return wrapped(std::move(source), show, first);
}

}  // namespace breakwater::catalog::show
