// The certificates that a TLS client trusts. Only for the files of http_connection, since it shows Asio's TLS
// header.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/error.h"

namespace breakwater::storage {

/// A context for TLS 1.2 and newer with the system's authorities and those of `ca_file` (PEM; empty: none).
/// Contexts are shared until the file changes. Any thread. Error: invalid_config (4147) for a file that can't
/// be read.
Result<std::shared_ptr<boost::asio::ssl::context>> tls_context(const std::string& ca_file);

/// Makes TLS require a certificate for `host`, a name or an address.
bool expect_peer(SSL* tls, const std::string& host);

/// Why the peer's certificate was not accepted; empty if it was.
std::string verify_failure(SSL* tls);

/// "TLSv1.3, certificate by R11 until 2027-01-02".
std::string describe_peer(SSL* tls);

}  // namespace breakwater::storage
