#include "base/log.h"

namespace breakwater {
namespace {

class NullLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::uint64_t /*connection_id*/, std::string_view /*text*/) override {}
};

}  // namespace

Log& null_log() {
  static NullLog log;
  return log;
}

}  // namespace breakwater
