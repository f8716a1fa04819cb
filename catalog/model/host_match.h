// MySQL's rule for which account a client logs in as.
#pragma once

#include <string_view>

#include "catalog/model/entities.h"

namespace breakwater::catalog {

/// Whether an account's host matches the client: '%' stands for any run of characters, '_' for one; '' means
/// '%'; 'localhost' matches a local client. Case doesn't matter.
bool host_matches(std::string_view pattern, const ClientHost& client);

/// Whether host `a` is tried before host `b`: a host without wildcards first, then the one whose first
/// wildcard comes later ("Access Control, Stage 1" of MySQL's manual).
bool more_specific(std::string_view a, std::string_view b);

}  // namespace breakwater::catalog
