#include "server/auth/login_failure.h"

#include <string>

namespace breakwater::auth {
namespace {

Error advised(Errc code) {
  return Error::with_text(code, std::string(error_row(code).text) + ": try again");
}

}  // namespace

Error login_failure(const Error& why) {
  switch (why.code()) {
    case Errc::out_of_resources:
    case Errc::too_many_connections:
      return advised(Errc::too_many_connections);
    case Errc::out_of_memory:
      return advised(Errc::out_of_memory);
    default:
      return advised(Errc::internal_error);
  }
}

}  // namespace breakwater::auth
