#include "catalog/bind/query.h"

#include <atomic>

#include "catalog/bind/bind.h"
#include "catalog/show/show.h"

namespace breakwater::catalog {

Plan::Plan() = default;
Plan::~Plan() = default;

namespace {

std::uint64_t next_plan_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

namespace {

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
  return bytes + plan.views.size() * sizeof(const View*);
}

template <class Bind>
Result<std::shared_ptr<const Plan>> make_plan(const Dictionary& dictionary, const BindContext& context,
                                              Bind bind) {
  auto plan = std::make_shared<Plan>();
  auto code = std::make_unique<PlanCode>();
  plan->id = next_plan_id();
  Binder binder(dictionary, context, *plan, *code);
  BW_CHECK(bind(binder));
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
  return make_plan(dictionary, context, [&](Binder& binder) { return binder.bind_statement(select); });
}

Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Expr& expr,
                                         const BindContext& context) {
  return make_plan(dictionary, context, [&](Binder& binder) { return binder.bind_value(expr); });
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
                   [&](Binder& binder) { return binder.bind_show(select, show.where.get()); });
}

}  // namespace breakwater::catalog
