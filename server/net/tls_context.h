// What TLS connections share: certificate, key, protocol versions, the keys of session tickets. Made from
// files; a reload makes a new one, and connections that are open keep theirs. Immutable, any thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"

struct ssl_ctx_st;

namespace breakwater::server {

struct TlsOptions {
  std::string cert{};            ///< PEM, with the chain
  std::string key{};             ///< PEM
  std::string ca{};              ///< PEM: who signs clients' certificates; empty: none is asked for
  bool only_tls13 = false;       ///< else 1.2 too
  bool make_if_missing = false;  ///< makes what is missing: a P-256 key, a self-signed certificate; and one
                                 ///< of its own making anew, with the same key, once its time isn't now
};

class TlsContext {
 public:
  /// Error start_refused, naming the file and what is wrong with it. Says in the log what it made, and that a
  /// certificate that was given isn't valid now.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsOptions& options, Log& log = null_log());
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }
  bool asks_for_certificates() const { return asks_; }

  /// Whether the certificate's time isn't now, or soon won't be: "expired on Nov 28 …". Empty: all is well.
  std::string untimely() const;
  /// Whether it is of this program's making, in its own place.
  bool is_own() const { return own_; }

 private:
  TlsContext(ssl_ctx_st* context, bool asks, bool own) : context_(context), asks_(asks), own_(own) {}
  ssl_ctx_st* context_;
  bool asks_;
  bool own_;
};

}  // namespace breakwater::server
