#include "catalog/dictionary/dictionary.h"

#include <vector>

#include "base/text.h"
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

struct Dictionary::State {
  ViewList views;
  std::unordered_map<std::string, std::vector<const View*>> by_name;  ///< "schema.name", lower case
  Sources sources;
};

namespace {

std::string view_key(std::string_view schema, std::string_view name) {
  return ascii_lower(schema) + "." + ascii_lower(name);
}

}  // namespace

Dictionary::Dictionary() : state_(std::make_unique<State>()) {
  for (auto* make : {backup_views, backup_job_views, validation_views, deletion_views, schedule_views,
                     archive_views, job_views}) {
    for (View& view : make()) {
      view.about_backups = true;
      add_view(std::move(view));
    }
  }
  for (auto* make : {tenant_views, cluster_views, information_views, session_views, mysql_views}) {
    for (View& view : make()) add_view(std::move(view));
  }
  for (View& view : oracle_views(state_->views)) add_view(std::move(view));
  for (auto& [name, source] : declaration_sources(state_->views)) add_source(name, std::move(source));
}

Dictionary::~Dictionary() = default;

void Dictionary::add_source(std::string name, std::unique_ptr<const RowSource> source) {
  state_->sources[std::move(name)] = std::move(source);
}

void Dictionary::add_view(View view) {
  auto owned = std::make_unique<const View>(std::move(view));
  state_->by_name[view_key(owned->schema, owned->name)].push_back(owned.get());
  state_->views.push_back(std::move(owned));
}

const View* Dictionary::find_view(std::string_view schema, std::string_view name,
                                  Visibility visibility) const {
  const auto found = state_->by_name.find(view_key(schema, name));
  if (found == state_->by_name.end()) return nullptr;
  for (const View* view : found->second) {
    if (view->visible_to.includes(visibility)) return view;
  }
  return nullptr;
}

bool Dictionary::has_source(std::string_view name) const {
  return state_->sources.contains(std::string(name));
}

bool Dictionary::has_schema(std::string_view schema, Visibility visibility) const {
  if (visibility == Visibility::oracle) return iequals(schema, kSys) || iequals(schema, kInformationSchema);
  return iequals(schema, kOceanBase) || iequals(schema, kInformationSchema) || iequals(schema, kMysql);
}

std::span<const std::unique_ptr<const View>> Dictionary::views() const {
  return state_->views;
}

const Dictionary::Sources& Dictionary::sources() const {
  return state_->sources;
}

}  // namespace breakwater::catalog
