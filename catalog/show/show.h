// SHOW and DESC as SELECTs over the views and the hidden views of schema "show".
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/dictionary/dictionary.h"
#include "grammar/ast.h"

namespace breakwater::catalog {

/// Who asks: what there is to see depends on it.
struct Viewer {
  Visibility visibility = Visibility::sys;
  std::string_view database;  ///< the current one; empty: none
  std::string_view user;      ///< of the session's account: SHOW GRANTS without FOR
  std::string_view host;
};

/// The SELECT that stands for a SHOW, its LIKE included. Its WHERE is left to the binder
/// (Binder::bind_show): it names the outermost SELECT's columns.
Result<ast::Select> select_of_show(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer);

}  // namespace breakwater::catalog
