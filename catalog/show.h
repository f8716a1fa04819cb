// SHOW and DESC as SELECTs over the views and the hidden views of schema "show". Internal to the room.
#pragma once

#include "base/error.h"
#include "catalog/query.h"
#include "grammar/ast.h"

namespace breakwater::catalog {

/// The SELECT that stands for a SHOW, its LIKE included. Its WHERE is left to the binder
/// (Binder::bind_show): it names the outermost SELECT's columns.
Result<ast::Select> select_of_show(const Engine& engine, const ast::Show& show, const BindContext& context);

}  // namespace breakwater::catalog
