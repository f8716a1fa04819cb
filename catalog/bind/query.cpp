#include "catalog/bind/query.h"

#include <atomic>

#include "catalog/bind/select_binder.h"
#include "catalog/show/show.h"

namespace breakwater::catalog {

Plan::Plan() = default;
Plan::~Plan() = default;

namespace {

std::uint64_t next_plan_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::size_t bytes_of(const ResultColumn& column) {
  return sizeof(column) + column.label.size() + column.org_name.size() + column.table.size() +
         column.org_table.size() + column.schema.size();
}

std::size_t bytes_of(const Slot& slot) {
  const auto* text = std::get_if<std::string>(&slot.value);
  return sizeof(slot) + (text == nullptr ? 0 : text->size());
}

std::size_t bytes_of(const Plan& plan, const PlanCode& code) {
  std::size_t bytes = sizeof(plan) + sizeof(code) + code.sql.size() + code.literal_kinds.size();
  for (const ResultColumn& column : plan.columns) bytes += bytes_of(column);
  for (const FreeLiteral& literal : plan.free_literals) bytes += sizeof(literal) + literal.text.size();
  for (const Slot& slot : code.slots) bytes += bytes_of(slot);
  for (const std::string& name : plan.into) bytes += sizeof(name) + name.size();
  return bytes + plan.views.size() * sizeof(const View*);
}

void finish_plan(BindState& state, BoundSelect bound) {
  for (std::size_t i = 0; i < bound.items.size(); ++i) {
    if (bound.items[i].sleeps) state.plan.sleeps.push_back(i);
    ResultColumn column = std::move(bound.items[i].origin);
    column.label = bound.labels[i];
    column.type = bound.items[i].type;
    state.plan.columns.push_back(std::move(column));
  }
  state.code.sql = std::move(bound.sql);
}

Result<> bind_select(BindState& state, const ast::Select& node) {
  if (node.parts.size() == 1) state.top_core = std::get_if<ast::SelectCore>(&node.parts.front().body);
  BW_TRY(BoundSelect bound, SelectBinder(state).bind(node));
  if (state.oracle) show_oracle_results(state, bound);
  state.code.empty_is_null = state.oracle;
  state.plan.has_limit = node.limit.has_value() || state.hidden_views;
  finish_plan(state, std::move(bound));
  return {};
}

/// A SELECT made by select_of_show(), with the statement's own WHERE (or null) over its columns.
Result<> bind_show(BindState& state, const ast::Select& node, const ast::Expr* where) {
  state.hidden_views = true;
  state.oracle = false;
  state.show_core = std::get_if<ast::SelectCore>(&node.parts.front().body);
  state.show_where = where;
  return bind_select(state, node);
}

Result<> bind_value(BindState& state, const ast::Expr& node) {
  const Scope nothing;
  BW_TRY(Bound b, ExpressionBinder(state, nothing, kValue).item(node, true));
  BoundSelect bound;
  bound.sql = "SELECT " + b.sql;
  bound.labels.emplace_back();
  bound.items.push_back(std::move(b));
  finish_plan(state, std::move(bound));
  return {};
}

template <class Bind>
Result<std::shared_ptr<const Plan>> make_plan(const Dictionary& dictionary, const BindContext& context,
                                              Bind bind) {
  auto plan = std::make_shared<Plan>();
  auto code = std::make_unique<PlanCode>();
  plan->id = next_plan_id();
  BindState state(dictionary, context, *plan, *code);
  BW_CHECK(bind(state));
  for (const View* view : plan->views) {
    if (!view->row_source.empty() && !dictionary.has_source(view->row_source))
      return fail(error::not_supported(view->name));
  }
  plan->bytes = bytes_of(*plan, *code);
  plan->sql_bytes = code->sql.size();
  plan->code = std::move(code);
  return plan;
}

}  // namespace

Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Select& select,
                                         const BindContext& context) {
  return make_plan(dictionary, context, [&](BindState& state) -> Result<> {
    BW_CHECK(bind_select(state, select));
    if (!select.into.empty() && select.into.size() != state.plan.columns.size())
      return fail(error::column_count_differs());
    state.plan.into = select.into;
    return {};
  });
}

Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Expr& expr,
                                         const BindContext& context) {
  return make_plan(dictionary, context, [&](BindState& state) { return bind_value(state, expr); });
}

Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Show& show,
                                         const BindContext& context) {
  const Viewer viewer{.visibility = context.visibility,
                      .database = context.database,
                      .user = context.user,
                      .host = context.host};
  BW_TRY(const ast::Select select, select_of_show(dictionary, show, viewer));
  BindContext inner = context;
  inner.free_literals = false;  // the SELECT is ours, its literals aren't the statement's
  return make_plan(dictionary, inner,
                   [&](BindState& state) { return bind_show(state, select, show.where.get()); });
}

}  // namespace breakwater::catalog
