// Lines to the system's log, as datagrams to its socket. What it doesn't take at once is lost.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::server {

/// One thread.
class Syslog {
 public:
  explicit Syslog(std::string socket) : socket_(std::move(socket)) {}
  ~Syslog();
  Syslog(const Syslog&) = delete;
  Syslog& operator=(const Syslog&) = delete;

  /// With the facility authpriv and the severity info. Returns false if the line is lost.
  bool send(std::string_view line);

 private:
  bool connect();
  void close();

  std::string socket_;
  int descriptor_ = -1;
};

}  // namespace breakwater::server
