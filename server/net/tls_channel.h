// TLS on one socket: OpenSSL reads and writes the descriptor itself and has no buffer while idle. Nothing
// blocks: if the socket isn't ready, the caller waits for it and calls again. One thread at a time.
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
  /// `early`: bytes of TLS that have been read from the socket already.
  TlsChannel(std::shared_ptr<const TlsContext> context, int socket, std::string early);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  enum class Outcome : std::uint8_t { done, want_read, want_write, closed };
  Outcome handshake();
  /// If done, it has read at least one byte.
  Outcome read(std::span<char> space, std::size_t& count);
  /// If done, it may have written only a part.
  Outcome write(std::string_view bytes, std::size_t& count);
  /// Sends close_notify and doesn't wait for an answer.
  void say_goodbye();

  /// After the handshake.
  const TlsInfo& info() const { return info_; }

 private:
  class Bio;
  Outcome outcome_of(int result);

  std::shared_ptr<const TlsContext> context_;
  int socket_;
  std::string early_;  ///< the part that OpenSSL hasn't read yet
  ssl_st* ssl_;
  TlsInfo info_;
};

}  // namespace breakwater::server
