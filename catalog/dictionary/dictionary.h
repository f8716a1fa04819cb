// All views and row sources, by name.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/dictionary/view.h"

namespace breakwater::catalog {

class Dictionary {
 public:
  /// Has the views of the product.
  Dictionary();
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  // For setting up, on one thread before any other use.
  void add_source(std::string name, std::unique_ptr<const RowSource> source);
  void add_view(View view);

  // From here on any thread.

  /// Finds a view by its names in any case. Null if there is none that this visibility class sees.
  const View* find_view(std::string_view schema, std::string_view name, Visibility visibility) const;
  /// True for "oceanbase", "information_schema" and "mysql" in any case; in an Oracle tenant for "SYS" and
  /// "information_schema".
  bool has_schema(std::string_view schema, Visibility visibility) const;
  bool has_source(std::string_view name) const;
  std::span<const std::unique_ptr<const View>> views() const;
  /// Calls take(name, source) for each.
  template <class Take>
  void each_source(Take take) const {
    for (const auto& [name, source] : sources()) take(name, *source);
  }

 private:
  struct State;
  using Sources = std::unordered_map<std::string, std::unique_ptr<const RowSource>>;
  const Sources& sources() const;
  std::unique_ptr<State> state_;
};

}  // namespace breakwater::catalog
