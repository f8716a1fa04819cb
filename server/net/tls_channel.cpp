#include "server/net/tls_channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace breakwater::server {

/// The socket for OpenSSL. It reads the early bytes first, never blocks, and raises no SIGPIPE when the peer
/// is gone.
class TlsChannel::Bio {
 public:
  static BIO* make(TlsChannel& channel) {
    static const BIO_METHOD* const methods = make_methods();
    BIO* const bio = BIO_new(methods);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &channel);
    BIO_set_init(bio, 1);
    return bio;
  }

 private:
  static BIO_METHOD* make_methods() {
    BIO_METHOD* const methods = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "breakwater socket");
    if (methods == nullptr) throw std::bad_alloc();
    BIO_meth_set_read_ex(methods, read);
    BIO_meth_set_write_ex(methods, write);
    BIO_meth_set_ctrl(methods, control);
    return methods;
  }

  static int read(BIO* bio, char* data, std::size_t size, std::size_t* count) {
    auto& channel = *static_cast<TlsChannel*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!channel.early_.empty()) {
      *count = std::min(size, channel.early_.size());
      std::memcpy(data, channel.early_.data(), *count);
      channel.early_.erase(0, *count);
      return 1;
    }
    const ssize_t got = ::recv(channel.socket_, data, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    *count = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0 ? 1 : 0;
  }

  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* count) {
    const auto& channel = *static_cast<TlsChannel*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(channel.socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    *count = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    return sent > 0 ? 1 : 0;
  }

  static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
};

TlsChannel::TlsChannel(std::shared_ptr<const TlsContext> context, int socket, std::string early)
    : context_(std::move(context)),
      socket_(socket),
      early_(std::move(early)),
      ssl_(SSL_new(context_->get())) {
  BIO* const bio = ssl_ == nullptr ? nullptr : Bio::make(*this);
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsChannel::~TlsChannel() {
  SSL_free(ssl_);
}

TlsChannel::Outcome TlsChannel::outcome_of(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::want_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::want_write;
    default:
      ERR_clear_error();
      return Outcome::closed;
  }
}

TlsChannel::Outcome TlsChannel::handshake() {
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) return outcome_of(result);
  info_.version = SSL_get_version(ssl_);
  info_.cipher = SSL_get_cipher_name(ssl_);
  info_.client_certificate = context_->asks_for_certificates() &&
                             SSL_get0_peer_certificate(ssl_) != nullptr &&
                             SSL_get_verify_result(ssl_) == X509_V_OK;
  return Outcome::done;
}

TlsChannel::Outcome TlsChannel::read(std::span<char> space, std::size_t& count) {
  const int result = SSL_read_ex(ssl_, space.data(), space.size(), &count);
  return result == 1 ? Outcome::done : outcome_of(result);
}

TlsChannel::Outcome TlsChannel::write(std::string_view bytes, std::size_t& count) {
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count);
  return result == 1 ? Outcome::done : outcome_of(result);
}

void TlsChannel::say_goodbye() {
  if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
}

}  // namespace breakwater::server
