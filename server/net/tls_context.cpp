#include "server/net/tls_context.h"

#include <array>
#include <ctime>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/private_file.h"

namespace breakwater::server {
namespace {

constexpr long kDay = 24L * 60 * 60;
constexpr long kTenYears = 10L * 365 * kDay;
constexpr long kSoon = 14 * kDay;  ///< so long before a certificate expires the log says so
constexpr long kOwnSoon = 2 * kDay;
constexpr const char* kOwnName = "Breakwater";
constexpr int kSerialBits = 127;
constexpr int kVersion3 = 2;  ///< X.509 counts from 0
constexpr std::string_view kSessionContext = "breakwater";

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error refused(const std::string& what, const std::string& file) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return error::start_refused("TLS: " + what + " " + file +
                              (reason == nullptr ? "" : std::string(": ") + reason));
}

bool is_there(const std::string& file) {
  return ::access(file.c_str(), F_OK) == 0;
}

void add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  if (extension != nullptr) X509_add_ext(certificate, extension.get(), -1);
}

Owned<X509> self_signed(EVP_PKEY* key) {
  Owned<X509> certificate(X509_new());
  X509* const it = certificate.get();
  const Owned<BIGNUM> serial(BN_new());
  X509_set_version(it, kVersion3);
  BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(it));
  X509_gmtime_adj(X509_getm_notBefore(it), -kDay);  // clients' clocks may be slow
  X509_gmtime_adj(X509_getm_notAfter(it), kTenYears);
  X509_set_pubkey(it, key);
  X509_NAME* const name = X509_get_subject_name(it);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(kOwnName), -1,
                             -1, 0);
  X509_set_issuer_name(it, name);
  add_extension(it, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(it, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  if (X509_sign(it, key, EVP_sha256()) == 0) certificate.reset();
  return certificate;
}

// Writes to memory first, so that the error of the disk is known.
template <class Write>
Result<> write_file(const std::string& file, Write write) {
  const Owned<BIO> out(BIO_new(BIO_s_secmem()));
  if (out == nullptr || write(out.get()) != 1) return fail(refused("can't make", file));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const auto failure = write_private_file(file, {text, static_cast<std::size_t>(size)});
  if (failure) return fail(error::start_refused("TLS: can't write " + file + ": " + failure.message()));
  return {};
}

Owned<EVP_PKEY> read_key(const std::string& file) {
  const Owned<BIO> in(BIO_new_file(file.c_str(), "r"));
  return Owned<EVP_PKEY>(in == nullptr ? nullptr
                                       : PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

Owned<X509> read_certificate(const std::string& file) {
  const Owned<BIO> in(BIO_new_file(file.c_str(), "r"));
  Owned<X509> certificate(in == nullptr ? nullptr : PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::string text_of(const ASN1_TIME* time) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (out == nullptr || ASN1_TIME_print(out.get(), time) != 1) return "a day that can't be read";
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// Empty if the certificate is valid now and for `soon` seconds more.
std::string untimeliness(const X509* certificate, long soon) {
  const ASN1_TIME* const begins = X509_get0_notBefore(certificate);
  const ASN1_TIME* const ends = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(begins) >= 0) return "is valid from " + text_of(begins) + " on";
  if (X509_cmp_current_time(ends) <= 0) return "expired on " + text_of(ends);
  std::time_t then = std::time(nullptr) + soon;
  if (X509_cmp_time(ends, &then) <= 0) return "expires on " + text_of(ends);
  return {};
}

// Whether self_signed() made the certificate with this key, and nobody has replaced it by another one.
bool made_here(X509* certificate, EVP_PKEY* key) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::size_t length = std::string_view(kOwnName).size();
  std::array<char, 64> common{};
  const int got = X509_NAME_get_text_by_NID(name, NID_commonName, common.data(), common.size());
  const bool own = got == static_cast<int>(length) && std::string_view(common.data(), length) == kOwnName &&
                   X509_NAME_entry_count(name) == 1 &&
                   X509_NAME_cmp(name, X509_get_issuer_name(certificate)) == 0 &&
                   X509_verify(certificate, key) == 1;
  ERR_clear_error();
  return own;
}

// If this program made the certificate and it isn't valid now: the reason; else empty.
std::string outlived(const TlsOptions& options) {
  const auto certificate = read_certificate(options.cert);
  const auto key = read_key(options.key);
  ERR_clear_error();
  if (certificate == nullptr || key == nullptr || !made_here(certificate.get(), key.get())) return {};
  return untimeliness(certificate.get(), kOwnSoon);
}

// Writes the key first, so that a crash can only leave a key without its certificate. An existing key is
// never replaced.
Result<> make_certificate(const TlsOptions& options) {
  const bool has_key = is_there(options.key);
  const Owned<EVP_PKEY> key(has_key ? read_key(options.key) : Owned<EVP_PKEY>(EVP_EC_gen("P-256")));
  if (key == nullptr)
    return fail(refused(has_key ? "can't use the key" : "can't make a key for", options.key));
  const auto certificate = self_signed(key.get());
  if (certificate == nullptr) return fail(refused("can't sign", options.cert));
  if (!has_key) {
    BW_CHECK(write_file(options.key, [&](BIO* out) {
      return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }));
  }
  return write_file(options.cert, [&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
}

Result<> make_what_is_needed(const TlsOptions& options, Log& log) {
  if (!is_there(options.cert)) return make_certificate(options);
  const std::string why = outlived(options);
  if (why.empty()) return {};
  BW_CHECK(make_certificate(options));
  log.warning("TLS: the server's own certificate " + options.cert + " " + why +
              "; a new one is there now, with the same key: give it to clients that check it");
  return {};
}

Result<> use_ca(SSL_CTX* context, const std::string& file) {
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1) return fail(refused("can't read the CA", file));
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file.c_str()));
  // A client certificate is optional here; accounts with REQUIRE X509 demand it. One that no authority in
  // ssl_ca signed ends the handshake.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsOptions& options, Log& log) {
  if (options.make_if_missing) BW_CHECK(make_what_is_needed(options, log));
  Owned<SSL_CTX> owned(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = owned.get();
  if (context == nullptr) return fail(refused("can't begin with", options.cert));
  SSL_CTX_set_min_proto_version(context, options.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Tickets contain the session, so the server keeps no sessions. A second ticket would only cost each
  // handshake more.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 kSessionContext.size());
  if (SSL_CTX_use_certificate_chain_file(context, options.cert.c_str()) != 1)
    return fail(refused("can't use the certificate", options.cert));
  if (SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(refused("can't use the key", options.key));
  if (SSL_CTX_check_private_key(context) != 1)
    return fail(refused("the key isn't the certificate's:", options.key));
  if (!options.ca.empty()) BW_CHECK(use_ca(context, options.ca));
  const bool own = options.make_if_missing &&
                   made_here(SSL_CTX_get0_certificate(context), SSL_CTX_get0_privatekey(context));
  std::shared_ptr<const TlsContext> made(new TlsContext(owned.release(), !options.ca.empty(), own));
  if (const std::string why = made->untimely(); !why.empty()) {
    log.warning("TLS: the certificate " + options.cert + " " + why +
                ": clients that look at it refuse it then; put a new one there and send SIGHUP");
  }
  return made;
}

std::string TlsContext::untimely() const {
  return untimeliness(SSL_CTX_get0_certificate(context_), own_ ? kOwnSoon : kSoon);
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

}  // namespace breakwater::server
