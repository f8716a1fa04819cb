#include "server/serve.h"

#include <utility>

#include "server/serve_loop.h"

namespace breakwater::server {

Result<> run_server(const Settings& settings, Secret root_password, SpdlogLog& /*log*/) {
  BW_CHECK(check_listen_addresses(settings, !root_password.empty()));
  return fail(error::start_refused("this build has no sessions yet"));
}

}  // namespace breakwater::server
