#include "storage/object/scripted_server.h"

#include <algorithm>
#include <array>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/text.h"

namespace breakwater::storage {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string taken(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

SeenRequest parse_head(std::string_view head) {
  SeenRequest request;
  const std::string_view first = head.substr(0, head.find("\r\n"));
  request.method = first.substr(0, first.find(' '));
  request.target = first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
  head.remove_prefix(first.size() + 2);
  while (!head.starts_with("\r\n")) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(": ");
    request.headers[ascii_lower(line.substr(0, colon))] = line.substr(colon + 2);
    head.remove_prefix(line.size() + 2);
  }
  return request;
}

}  // namespace

Scripted answer(unsigned status, std::string_view body, std::vector<HttpHeader> headers) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
  if (!find_header(headers, "content-length"))
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (!find_header(headers, "date")) bytes += "Date: " + http_date(system_clock().now()) + "\r\n";
  for (const HttpHeader& header : headers) bytes += header.name + ": " + header.value + "\r\n";
  return {.bytes = bytes + "\r\n" + std::string(body)};
}

std::string error_xml(std::string_view code, std::string_view message, std::string_view more) {
  return "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) + "</Code><Message>" +
         std::string(message) + "</Message>" + std::string(more) + "<RequestId>req-1</RequestId></Error>";
}

TlsIdentity make_identity(const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, as_bytes("breakwater test").data(), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());

  BIO* certificate_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {taken(certificate_text), taken(key_text)};
}

struct ScriptedServer::State {
  State(Handler given, Options chosen) : handler(std::move(given)), options(std::move(chosen)) {}

  Handler handler;
  Options options;
  asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  mutable std::mutex mutex;
  std::vector<SeenRequest> seen;
  std::vector<std::shared_ptr<tcp::socket>> sockets;
  std::thread acceptance;
  std::vector<std::thread> threads;  ///< one for each connection
  int connections = 0;

  template <class Stream>
  void serve(Stream& stream, int number) {
    asio::streambuf buffer;
    error_code why;
    while (true) {
      const std::size_t size = asio::read_until(stream, buffer, "\r\n\r\n", why);
      if (why) return;
      const std::string head(asio::buffers_begin(buffer.data()),
                             asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(size));
      buffer.consume(size);
      SeenRequest request = parse_head(head);
      request.connection = number;
      if (options.read_bodies && !read_body(stream, buffer, request)) return;
      {
        const std::scoped_lock lock(mutex);
        seen.push_back(request);
      }
      const Scripted reply = handler(request);
      std::this_thread::sleep_for(reply.delay);
      asio::write(stream, asio::buffer(reply.bytes), why);
      const std::vector<char> zeros(64 * 1024);
      for (std::uint64_t left = reply.zeros; left > 0 && !why;) {
        const std::size_t now = std::min<std::uint64_t>(left, zeros.size());
        left -= asio::write(stream, asio::buffer(zeros.data(), now), why);
      }
      if (why || reply.close) return;
    }
  }

  template <class Stream>
  bool read_body(Stream& stream, asio::streambuf& buffer, SeenRequest& request) {
    const auto length = request.headers.find("content-length");
    std::uint64_t left = length == request.headers.end() ? 0 : std::stoull(length->second);
    std::uint64_t count = 0;
    std::array<char, 64 * 1024> piece{};
    error_code why;
    while (left > 0) {
      std::size_t got =
          asio::buffer_copy(asio::buffer(piece), buffer.data(), std::min<std::uint64_t>(left, piece.size()));
      if (got > 0) {
        buffer.consume(got);
      } else {
        got = stream.read_some(asio::buffer(piece.data(), std::min<std::uint64_t>(left, piece.size())), why);
        if (why) return false;
      }
      left -= got;
      count += got;
      if (!options.discard_bodies) request.body.append(piece.data(), got);
    }
    request.headers["x-seen-bytes"] = std::to_string(count);
    return true;
  }

  void serve(const std::shared_ptr<tcp::socket>& socket, int number) {
    error_code ignored;
    if (options.tls) {
      asio::ssl::stream<tcp::socket&> stream(*socket, tls);
      stream.handshake(asio::ssl::stream_base::server, ignored);
      if (!ignored) serve(stream, number);
    } else {
      serve(*socket, number);
    }
    const std::scoped_lock lock(mutex);
    socket->close(ignored);
  }

  void accept() {
    while (true) {
      auto socket = std::make_shared<tcp::socket>(io);
      error_code why;
      acceptor.accept(*socket, why);
      if (why) return;
      const std::scoped_lock lock(mutex);
      sockets.push_back(socket);
      threads.emplace_back([this, socket, number = ++connections] { serve(socket, number); });
    }
  }
};

ScriptedServer::ScriptedServer(Handler handler, Options options)
    : state_(std::make_shared<State>(std::move(handler), std::move(options))) {
  if (state_->options.tls) {
    state_->tls.use_certificate_chain(asio::buffer(state_->options.tls->certificate));
    state_->tls.use_private_key(asio::buffer(state_->options.tls->key), asio::ssl::context::pem);
  }
  state_->acceptance = std::thread([state = state_.get()] { state->accept(); });
}

ScriptedServer::~ScriptedServer() {
  error_code ignored;
  // Wakes accept(), which closing alone does not.
  shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
  state_->acceptance.join();
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& socket : state_->sockets) socket->shutdown(tcp::socket::shutdown_both, ignored);
  }
  for (std::thread& thread : state_->threads) thread.join();
}

std::uint16_t ScriptedServer::port() const {
  return state_->acceptor.local_endpoint().port();
}

std::vector<SeenRequest> ScriptedServer::seen() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->seen;
}

int ScriptedServer::connections() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->connections;
}

FixedResolver::FixedResolver(std::vector<std::string> addresses) {
  for (const std::string& text : addresses) addresses_.push_back(asio::ip::make_address(text));
}

void FixedResolver::resolve(std::string host, Deadline, Done done) {
  asked = std::move(host);
  done(addresses_);
}

Task<Result<std::size_t>> CountingSource::read(std::uint64_t offset, std::span<std::uint8_t> into) {
  const std::size_t count = std::min<std::uint64_t>(into.size(), size_ - offset);
  for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<std::uint8_t>((offset + i) % 251);
  co_return count;
}

}  // namespace breakwater::storage
