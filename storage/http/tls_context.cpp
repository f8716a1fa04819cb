#include "storage/http/tls_context.h"

#include <array>
#include <ctime>
#include <map>
#include <mutex>

#include <boost/asio/ip/address.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace breakwater::storage {
namespace {

namespace ssl = boost::asio::ssl;

// Identifies the file that was read: with another inode, size or time it is another file.
struct FileState {
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool operator==(const FileState&) const = default;
};

FileState state_of(const std::string& path) {
  struct stat status{};
  if (path.empty() || stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

struct Entry {
  FileState state{};
  std::shared_ptr<ssl::context> context{};
};

Result<std::shared_ptr<ssl::context>> make_context(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code problem;
  context->set_verify_mode(ssl::verify_peer, problem);
  context->set_default_verify_paths(problem);
  problem = {};
  if (!ca_file.empty()) context->load_verify_file(ca_file, problem);
  if (!problem) return context;
  return fail(error::invalid_config().with_hint(
      "The setting backup_dest_ca_file names a file that holds no readable PEM certificates: " +
      problem.message()));
}

std::string common_name(const X509_NAME* name) {
  std::array<char, 256> text{};
  if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), static_cast<int>(text.size())) < 0)
    return "an authority without a name";
  std::string clean;
  for (const char* c = text.data(); *c != '\0'; ++c) clean += *c >= ' ' && *c <= '~' ? *c : '?';
  return clean;
}

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 16> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1 || std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts) == 0)
    return "?";
  return text.data();
}

}  // namespace

Result<std::shared_ptr<ssl::context>> tls_context(const std::string& ca_file) {
  static std::mutex mutex;
  static std::map<std::string, Entry> known;
  const FileState state = state_of(ca_file);
  const std::scoped_lock lock(mutex);
  const auto found = known.find(ca_file);
  if (found != known.end() && found->second.state == state) return found->second.context;
  BW_TRY(auto context, make_context(ca_file));
  known.insert_or_assign(ca_file, Entry{state, context});
  return context;
}

bool expect_peer(SSL* tls, const std::string& host) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 && SSL_set1_host(tls, host.c_str()) == 1;
}

std::string verify_failure(SSL* tls) {
  const long result = SSL_get_verify_result(tls);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

std::string describe_peer(SSL* tls) {
  std::string text = SSL_get_version(tls);
  const X509* certificate = SSL_get0_peer_certificate(tls);
  if (certificate == nullptr) return text;
  return text.append(", certificate by ")
      .append(common_name(X509_get_issuer_name(certificate)))
      .append(" until ")
      .append(day_of(X509_get0_notAfter(certificate)));
}

}  // namespace breakwater::storage
