#include "catalog/query.h"

#include <atomic>
#include <unordered_map>

#include "base/text.h"
#include "catalog/bind.h"
#include "catalog/engine.h"
#include "catalog/show.h"
#include "catalog/views.h"

namespace breakwater::catalog {

Plan::Plan() = default;
Plan::~Plan() = default;

namespace {

std::string view_key(std::string_view schema, std::string_view name) {
  return ascii_lower(schema) + "." + ascii_lower(name);
}

std::uint64_t next_plan_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Engine::Engine() : state_(std::make_unique<State>()) {
  for (auto* make : {backup_views, job_views, tenant_views, cluster_views, information_views, session_views,
                     mysql_views}) {
    for (View& view : make()) add_view(std::move(view));
  }
  for (View& view : oracle_views(state_->views)) add_view(std::move(view));
  for (auto& [name, source] : declaration_sources(state_->views)) add_source(name, std::move(source));
}

Engine::~Engine() = default;

void Engine::add_source(std::string name, std::unique_ptr<const RowSource> source) {
  state_->sources[std::move(name)] = std::move(source);
}

void Engine::add_view(View view) {
  auto owned = std::make_unique<const View>(std::move(view));
  state_->by_name[view_key(owned->schema, owned->name)].push_back(owned.get());
  state_->views.push_back(std::move(owned));
}

const View* Engine::find_view(std::string_view schema, std::string_view name, Visibility visibility) const {
  const auto found = state_->by_name.find(view_key(schema, name));
  if (found == state_->by_name.end()) return nullptr;
  for (const View* view : found->second) {
    if (view->visible_to.includes(visibility)) return view;
  }
  return nullptr;
}

bool Engine::has_source(std::string_view name) const {
  return state_->sources.contains(std::string(name));
}

bool Engine::has_schema(std::string_view schema, Visibility visibility) const {
  if (visibility == Visibility::oracle) return iequals(schema, kSys) || iequals(schema, kInformationSchema);
  return iequals(schema, kOceanBase) || iequals(schema, kInformationSchema) || iequals(schema, kMysql);
}

std::span<const std::unique_ptr<const View>> Engine::views() const {
  return state_->views;
}

namespace {

template <class Bind>
Result<std::shared_ptr<const Plan>> make_plan(const Engine& engine, const BindContext& context, Bind bind) {
  auto plan = std::make_shared<Plan>();
  auto code = std::make_unique<PlanCode>();
  plan->id = next_plan_id();
  Binder binder(engine, context, *plan, *code);
  BW_CHECK(bind(binder));
  for (const View* view : plan->views) {
    if (!view->row_source.empty() && !engine.has_source(view->row_source))
      return fail(error::not_supported(view->name));
  }
  plan->code = std::move(code);
  return plan;
}

}  // namespace

Result<std::shared_ptr<const Plan>> Engine::bind(const ast::Select& select,
                                                 const BindContext& context) const {
  return make_plan(*this, context, [&](Binder& binder) { return binder.bind_statement(select); });
}

Result<std::shared_ptr<const Plan>> Engine::bind(const ast::Expr& expr, const BindContext& context) const {
  return make_plan(*this, context, [&](Binder& binder) { return binder.bind_value(expr); });
}

Result<std::shared_ptr<const Plan>> Engine::bind(const ast::Show& show, const BindContext& context) const {
  BW_TRY(const ast::Select select, select_of_show(*this, show, context));
  BindContext inner = context;
  inner.free_literals = false;  // the SELECT is ours, its literals aren't the statement's
  return make_plan(*this, inner, [&](Binder& binder) { return binder.bind_show(select, show.where.get()); });
}

}  // namespace breakwater::catalog
