#include "server/net/handler.h"
#include "server/net/server.h"
