// The views and row sources that there are, by name.
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
  /// With the views of the product.
  Dictionary();
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  // Set-up, before any other use, by one thread.
  void add_source(std::string name, std::unique_ptr<const RowSource> source);
  void add_view(View view);

  // From here on any thread.

  /// Names in any case. Null if there is none, or none that this class sees.
  const View* find_view(std::string_view schema, std::string_view name, Visibility visibility) const;
  /// "oceanbase", "information_schema", "mysql", in any case; to an Oracle tenant "SYS" and
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
