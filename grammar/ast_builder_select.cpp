#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

ast::SelectPtr AstBuilder::select(P::QueryContext* context) {
  const Deeper deeper(*this, context);
  auto select = std::make_unique<ast::Select>();
  if (auto* with = context->with()) {
    select->recursive = with->RECURSIVE_SYM() != nullptr;
    for (auto* table : with->commonTable()) select->with.push_back(common_table(table));
  }
  // Only the order of the children tells which option belongs to which UNION.
  ast::SetOp op = ast::SetOp::union_all;
  for (antlr4::tree::ParseTree* child : context->children) {
    auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child);
    if (rule == nullptr) {
      op = ast::SetOp::union_distinct;
    } else if (auto* option = dynamic_cast<P::UnionOptionContext*>(rule)) {
      if (option->ALL_SYM() != nullptr) op = ast::SetOp::union_all;
    } else if (auto* term = dynamic_cast<P::QueryTermContext*>(rule)) {
      select->parts.push_back(part(term));
      select->parts.back().op = op;
    }
  }
  if (auto* clause = context->orderBy()) {
    const bool outer = std::exchange(saw_rownum_, false);
    select->order_by = order(clause);
    auto* only = std::get_if<ast::SelectCore>(&select->parts.front().body);
    if (saw_rownum_ && only != nullptr) only->names_rownum = true;
    saw_rownum_ = outer;
  }
  if (auto* clause = context->limit()) select->limit = limit(clause);
  if (auto* clause = context->fetch()) select->limit = limit(clause);
  if (context->into() != nullptr) intos_.push_back(context->into());
  const bool only_parentheses =
      select->with.empty() && select->parts.size() == 1 && select->order_by.empty() && !select->limit;
  if (!only_parentheses) return select;
  auto* inner = std::get_if<ast::SelectPtr>(&select->parts.front().body);
  return inner == nullptr ? std::move(select) : std::move(*inner);
}

ast::CommonTable AstBuilder::common_table(P::CommonTableContext* context) {
  ast::CommonTable table;
  const auto names = context->ident();
  table.name = name(names.front());
  for (std::size_t i = 1; i < names.size(); ++i) table.columns.push_back(name(names[i]));
  table.select = select(context->subquery());
  return table;
}

ast::Select::Part AstBuilder::part(P::QueryTermContext* context) {
  ast::Select::Part part;
  if (auto* inner = context->query()) {
    part.body = select(inner);
  } else {
    part.body = core(context->selectCore());
  }
  return part;
}

ast::SelectCore AstBuilder::core(P::SelectCoreContext* context) {
  ast::SelectCore core;
  const bool outer = std::exchange(saw_rownum_, false);
  for (auto* option : context->selectOption()) {
    if (option->DISTINCT_SYM() != nullptr || option->DISTINCTROW_SYM() != nullptr) core.distinct = true;
  }
  for (auto* entry : context->selectItem()) core.items.push_back(item(entry));
  if (context->into() != nullptr) intos_.push_back(context->into());
  if (auto* refs = context->tableRefs()) core.from = tables(refs);
  if (auto* clause = context->where()) core.where = expr(clause->expr());
  if (auto* clause = context->groupBy()) core.group_by = exprs(clause->expr());
  if (auto* clause = context->having()) core.having = expr(clause->expr());
  core.names_rownum = std::exchange(saw_rownum_, outer);
  return core;
}

ast::Star AstBuilder::star(P::StarContext* context) const {
  ast::Star star;
  const auto names = context->ident();
  if (!names.empty()) star.table = name(names.back());
  if (names.size() == 2) star.schema = name(names.front());
  return star;
}

/// The label of a column is its name; of any other expression its text without blanks, in upper case except
/// for quoted names.
std::string AstBuilder::oracle_label(P::ExprContext* context, const ast::Expr& expr) const {
  if (const auto* column = std::get_if<ast::ColumnRef>(&expr.node)) return column->column;
  const std::size_t end = sql_token(context->getStop()).end();
  Scanner scanner(sql_, options_, sql_token(context->getStart()).scanned().offset);
  std::string label;
  for (Token token = scanner.next(); token.offset < end && label.size() < limits::kMaxLabel;
       token = scanner.next()) {
    const std::string_view part = whole_characters(text_of(token, sql_), limits::kMaxLabel);
    label += token.kind == TokenKind::quoted_name ? std::string(part) : ascii_upper(part);
  }
  return std::string(whole_characters(label, limits::kMaxLabel));
}

/// The label of a string is its value; of any other expression its text.
std::string AstBuilder::label(P::ExprContext* context, const ast::Expr& expr) const {
  if (is_oracle()) return oracle_label(context, expr);
  const auto* literal = std::get_if<ast::Literal>(&expr.node);
  const bool string = literal != nullptr && literal->kind == ast::LiteralKind::string;
  return string ? std::string(whole_characters(literal->text, limits::kMaxLabel)) : source_text(context);
}

ast::SelectItem AstBuilder::item(P::SelectItemContext* context) {
  ast::SelectItem item;
  if (auto* all = context->star()) {
    item.what = star(all);
    item.text = source_text(context);
    return item;
  }
  ast::ExprPtr value = expr(context->expr());
  item.text = label(context->expr(), *value);
  item.what = std::move(value);
  if (auto* alias = context->columnAlias()) item.alias = name(alias->getStop());
  return item;
}

std::vector<ast::OrderItem> AstBuilder::order(P::OrderByContext* context) {
  std::vector<ast::OrderItem> items;
  for (auto* item : context->orderItem()) items.push_back({expr(item->expr()), item->DESC_SYM() != nullptr});
  return items;
}

std::vector<ast::TableRef> AstBuilder::tables(P::TableRefsContext* context) {
  std::vector<ast::TableRef> refs;
  for (auto* ref : context->tableRef()) refs.push_back(std::move(*table(ref)));
  return refs;
}

ast::TableRefPtr AstBuilder::table(P::TableRefContext* context) {
  const auto tails = context->joinTail();
  const Deeper deeper(*this, context, tails.size() + 1);
  ast::TableRefPtr left = factor(context->tableFactor());
  std::vector<PendingJoin> run;
  for (auto* tail : tails) {
    run.push_back({tail, factor(tail->tableFactor())});
    if (tail->joinCondition().empty() && tail->NATURAL_SYM() == nullptr) continue;
    left = run_of_joins(std::move(left), std::exchange(run, {}));
  }
  return run_of_joins(std::move(left), std::move(run));
}

namespace {

template <class Node>
ast::TableRefPtr make_ref(Node&& node) {
  return std::make_unique<ast::TableRef>(ast::TableRef{std::forward<Node>(node)});
}

}  // namespace

ast::TableRefPtr AstBuilder::factor(P::TableFactorContext* context) {
  std::string alias = context->tableAlias() != nullptr ? name(context->tableAlias()->ident()) : std::string();
  if (auto* named = context->tableName()) {
    ast::NamedTable table = table_name(named);
    table.alias = std::move(alias);
    return make_ref(std::move(table));
  }
  if (context->subquery() != nullptr && context->tableAlias() == nullptr && !is_oracle())
    throw SyntaxFailure{sql_token(context->getStop()).end(), "a sub-query here needs an alias"};
  if (auto* derived = context->subquery())
    return make_ref(ast::DerivedTable{select(derived), std::move(alias)});
  // (a, b JOIN c): commas are cross joins.
  const Deeper deeper(*this, context, context->tableRefs()->tableRef().size());
  ast::TableRefPtr left;
  for (auto* ref : context->tableRefs()->tableRef()) {
    ast::TableRefPtr right = table(ref);
    if (left == nullptr) {
      left = std::move(right);
      continue;
    }
    left = make_ref(ast::Join{ast::JoinKind::cross, false, std::move(left), std::move(right), nullptr, {}});
  }
  return left;
}

/// A run of joins whose conditions, if any, all follow the last one: a JOIN b JOIN c ON x ON y means
/// a JOIN (b JOIN c ON x) ON y. If there are fewer conditions than joins, the leftmost joins have none.
ast::TableRefPtr AstBuilder::run_of_joins(ast::TableRefPtr left, std::vector<PendingJoin> run) {
  if (run.empty()) return left;
  const auto conditions = run.back().tail->joinCondition();
  if (conditions.size() > run.size())
    fail_at(conditions[run.size()]->getStart(), "there is no JOIN left for this condition");
  const std::size_t bare = run.size() - conditions.size();
  for (std::size_t i = 0; i < bare; ++i) left = joined(std::move(left), std::move(run[i]), nullptr);
  if (conditions.empty()) return left;
  ast::TableRefPtr right = std::move(run.back().right);
  for (std::size_t i = 0; i + 1 < conditions.size(); ++i) {
    PendingJoin& outer = run[run.size() - 2 - i];
    right = joined(std::move(outer.right), {run[run.size() - 1 - i].tail, std::move(right)}, conditions[i]);
  }
  return joined(std::move(left), {run[bare].tail, std::move(right)}, conditions.back());
}

ast::TableRefPtr AstBuilder::joined(ast::TableRefPtr left, PendingJoin pending,
                                    P::JoinConditionContext* condition) {
  auto* tail = pending.tail;
  ast::Join join;
  join.kind = tail->LEFT_SYM() != nullptr    ? ast::JoinKind::left
              : tail->RIGHT_SYM() != nullptr ? ast::JoinKind::right
              : tail->CROSS_SYM() != nullptr ? ast::JoinKind::cross
                                             : ast::JoinKind::inner;
  join.natural = tail->NATURAL_SYM() != nullptr;
  const bool outer = join.kind == ast::JoinKind::left || join.kind == ast::JoinKind::right;
  if (outer && !join.natural && condition == nullptr)
    fail_at(tail->getStart(), "an outer join needs ON or USING");
  join.left = std::move(left);
  join.right = std::move(pending.right);
  if (condition != nullptr) {
    if (condition->expr() != nullptr) join.on = expr(condition->expr());
    for (auto* column : condition->ident()) join.using_columns.push_back(name(column));
  }
  return make_ref(std::move(join));
}

}  // namespace breakwater::grammar
