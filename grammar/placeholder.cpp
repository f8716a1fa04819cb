#include "grammar/parser.h"
