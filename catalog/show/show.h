// SHOW and DESC as SELECTs over the views and the hidden views of schema "show".
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/dictionary/dictionary.h"
#include "grammar/ast.h"

namespace breakwater::catalog {

/// The session that asks; what it sees depends on it.
struct Viewer {
  Visibility visibility = Visibility::sys;
  std::string_view database;  ///< the current one; empty: none
  std::string_view user;      ///< of the session's account: SHOW GRANTS without FOR
  std::string_view host;
};

/// The SELECT for a SHOW, with its LIKE. The binder adds its WHERE (Binder::bind_show), which names the
/// columns of the outermost SELECT.
Result<ast::Select> select_of_show(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer);

}  // namespace breakwater::catalog
