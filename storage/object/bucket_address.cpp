#include "storage/object/bucket_address.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "storage/http/proxy.h"

namespace breakwater::storage {
namespace {

std::unexpected<Error> invalid(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

bool is_address(const std::string& host) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  return !no_address;
}

bool names_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         std::ranges::all_of(host, [](char c) {
           return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
                  c == '.' || c == '_';
         });
}

// "host", "host:port", "[::1]:port".
Result<Origin> parse_origin(std::string_view endpoint) {
  Origin origin;
  endpoint.remove_prefix(std::min(std::string_view("host=").size(), endpoint.size()));
  const std::string lower = ascii_lower(endpoint);
  origin.tls = !lower.starts_with("http://");
  for (const std::string_view prefix : {"http://", "https://"})
    if (lower.starts_with(prefix)) endpoint.remove_prefix(prefix.size());
  endpoint = endpoint.substr(0, endpoint.find_last_not_of('/') + 1);
  origin.port = origin.tls ? 443 : 80;

  const bool bracketed = endpoint.starts_with('[');
  const std::size_t close = bracketed ? endpoint.find(']') : 0;
  if (bracketed && close == std::string_view::npos) return invalid("host= has a '[' without its ']'.");
  if (endpoint.find('/') != std::string_view::npos)
    return invalid(
        "host= holds a path: it is a host's name or address, with a port if need be. The directory stands "
        "after the bucket's name.");
  const std::size_t colon = endpoint.find(':', close);
  const std::string_view host = endpoint.substr(0, colon);
  origin.host = ascii_lower(bracketed ? host.substr(1, close - 1) : host);
  if (colon != std::string_view::npos) {
    origin.port = whole_number<std::uint16_t>(endpoint.substr(colon + 1)).value_or(0);
    if (origin.port == 0) return invalid("host= has a port that is none.");
  }
  const bool good = bracketed ? host.ends_with(']') && is_address(origin.host) : names_host(origin.host);
  if (!good) return invalid("host= is a host's name or address, with a port if need be; no path.");
  return origin;
}

Result<> check_bucket(const BucketAddress& address) {
  const std::string& bucket = address.bucket;
  constexpr std::size_t kMaxBucket = 63;
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
           c == '.' || c == '_';
  };
  const bool good = !bucket.empty() && bucket.size() <= kMaxBucket && std::ranges::all_of(bucket, plain) &&
                    bucket.find("..") == std::string::npos && !bucket.starts_with('.') &&
                    !bucket.starts_with('-') && !bucket.ends_with('.') && !bucket.ends_with('-');
  if (!good) return invalid("The bucket's name has characters that no bucket has.");
  if (!address.path_style && address.origin.tls && bucket.find('.') != std::string::npos)
    return invalid(
        "A bucket with dots in its name has no valid certificate as a host's name: give "
        "addressing_model=path_style.");
  return {};
}

}  // namespace

Result<BucketAddress> bucket_address(const Destination& destination, const NetworkRules& rules) {
  BucketAddress address{.provider = provider_of(destination.scheme)};
  if (address.provider == nullptr) return fail(error::not_supported("an object store behind file://"));
  BW_TRY(address.origin, parse_origin(destination.endpoint));
  const std::string& host = address.origin.host;
  if (!address.origin.tls && !rules.allow_http)
    return invalid("host= names plain HTTP, which the setting backup_dest_allow_http does not allow.");
  BW_CHECK(check_endpoint(host, address.origin.port, rules));
  address.origin.ca_file = rules.ca_file;

  address.bucket = destination.full_bucket();
  address.path_style = destination.addressing_model == AddressingModel::path_style || is_address(host);
  BW_CHECK(check_bucket(address));
  address.region = address.provider->region_of(destination, host);
  if (!address.path_style) address.origin.host = address.bucket + "." + host;
  BW_TRY(const auto proxy, find_proxy(address.origin.tls, address.origin.host, address.origin.port, rules));
  if (proxy) address.origin.proxy = proxy->place.text();
  return address;
}

std::string BucketAddress::host_header() const {
  const bool v6 = origin.host.find(':') != std::string::npos;
  std::string text = v6 ? "[" + origin.host + "]" : origin.host;
  if (origin.port != (origin.tls ? 443 : 80)) text += ":" + std::to_string(origin.port);
  return text;
}

std::string BucketAddress::path_of(std::string_view key) const {
  return (path_style ? "/" + bucket + "/" : "/").append(key);
}

std::string BucketAddress::resource_of(std::string_view key) const {
  return ("/" + bucket + "/").append(key);
}

}  // namespace breakwater::storage
