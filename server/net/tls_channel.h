// TLS on one socket: OpenSSL reads and writes the descriptor itself and holds no buffer while idle. Nothing
// blocks: where the socket isn't ready, the caller waits for it and calls again. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/net/handler.h"
#include "server/net/tls_context.h"

struct ssl_st;

namespace breakwater::server {

class TlsChannel {
 public:
  /// `early`: what has been read from the socket already and belongs to TLS.
  TlsChannel(std::shared_ptr<const TlsContext> context, int socket, std::string early);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  enum class Outcome : std::uint8_t { done, want_read, want_write, closed };
  Outcome handshake();
  /// At least one byte when done.
  Outcome read(std::span<char> space, std::size_t& count);
  /// Maybe a part, when done.
  Outcome write(std::string_view bytes, std::size_t& count);
  /// Says that nothing follows; waits for nothing.
  void say_goodbye();

  /// After the handshake.
  const TlsInfo& info() const { return info_; }

 private:
  class Bio;
  Outcome outcome_of(int result);

  std::shared_ptr<const TlsContext> context_;
  int socket_;
  std::string early_;  ///< what is left of it
  ssl_st* ssl_;
  TlsInfo info_;
};

}  // namespace breakwater::server
