// What TLS connections share: certificate, key, protocol versions, the keys of session tickets. It is made
// from files. A reload makes a new one, and open connections keep theirs. Immutable, any thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"

struct ssl_ctx_st;

namespace breakwater::server {

struct TlsOptions {
  std::string cert{};       ///< PEM, with the chain
  std::string key{};        ///< PEM
  std::string ca{};         ///< PEM: who signs clients' certificates; empty: none is asked for
  bool only_tls13 = false;  ///< else 1.2 too
  /// Makes a missing P-256 key and self-signed certificate. Replaces a certificate that it made itself, with
  /// the same key, when that isn't valid any more.
  bool make_if_missing = false;
};

class TlsContext {
 public:
  /// Error: start_refused, with the file and what is wrong with it. Logs what it made, and a warning if a
  /// certificate that it was given isn't valid now.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsOptions& options, Log& log = null_log());
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }
  bool asks_for_certificates() const { return asks_; }

  /// Why the certificate isn't valid now or soon won't be: "expired on Nov 28 …". Empty if it is valid.
  std::string untimely() const;
  /// Whether this program made the certificate, in its default file.
  bool is_own() const { return own_; }

 private:
  TlsContext(ssl_ctx_st* context, bool asks, bool own) : context_(context), asks_(asks), own_(own) {}
  ssl_ctx_st* context_;
  bool asks_;
  bool own_;
};

}  // namespace breakwater::server
