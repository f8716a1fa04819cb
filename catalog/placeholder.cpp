#include "grammar/ast.h"
