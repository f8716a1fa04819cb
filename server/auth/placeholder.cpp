#include "server/auth/user_name.h"
