#include "server/protocol/command.h"
#include "server/protocol/response.h"
