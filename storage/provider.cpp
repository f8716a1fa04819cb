#include "storage/provider.h"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "storage/sizes.h"

namespace breakwater::storage {
namespace {

constexpr std::array kProviders = {
    Provider{.scheme = Scheme::oss,
             .name = "OSS",
             .create_only_header = "x-oss-forbid-overwrite",
             .create_only_value = "true",
             .range_header = "x-oss-range-behavior",
             .range_value = "standard",
             .append_method = "POST",
             .next_position_header = "x-oss-next-append-position",
             .request_id_header = "x-oss-request-id",
             .encryption_header = "x-oss-server-side-encryption",
             .list_v2 = false,
             .list_may_lag = false,
             .min_part_size = 100 * kKiB,
             .other_error = Errc::oss_error},
    Provider{.scheme = Scheme::cos,
             .name = "COS",
             .create_only_header = "x-cos-forbid-overwrite",
             .create_only_value = "true",
             .range_header = "",
             .range_value = "",
             .append_method = "POST",
             .next_position_header = "x-cos-next-append-position",
             .request_id_header = "x-cos-request-id",
             .encryption_header = "x-cos-server-side-encryption",
             .list_v2 = false,
             .list_may_lag = true,
             .min_part_size = kMiB,
             .other_error = Errc::cos_error},
    Provider{.scheme = Scheme::s3,
             .name = "S3",
             .create_only_header = "if-none-match",
             .create_only_value = "*",
             .range_header = "",
             .range_value = "",
             .append_method = "",
             .next_position_header = "",
             .request_id_header = "x-amz-request-id",
             .encryption_header = "x-amz-server-side-encryption",
             .list_v2 = true,
             .list_may_lag = false,
             .min_part_size = 5 * kMiB,
             .other_error = Errc::s3_error},
};

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

// What stands between `before` and `after`, if the text is made so.
std::optional<std::string> between(std::string_view text, std::string_view before, std::string_view after) {
  if (!text.starts_with(before) || !text.ends_with(after) || text.size() <= before.size() + after.size())
    return std::nullopt;
  return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

std::optional<std::string> oss_region(std::string_view host) {
  auto region = between(host, "oss-", ".aliyuncs.com");
  if (!region || region->find('.') != std::string::npos || region->starts_with("accelerate"))
    return std::nullopt;
  constexpr std::string_view kInternal = "-internal";
  if (region->ends_with(kInternal)) region->resize(region->size() - kInternal.size());
  return region;
}

std::string s3_region(const Destination& destination, std::string_view host) {
  if (!destination.s3_region.empty()) return destination.s3_region;
  constexpr std::string_view kAmazon = ".amazonaws.com";
  for (const std::string_view before : {"s3.dualstack.", "s3.", "s3-"})
    if (auto region = between(host, before, kAmazon)) return *region;
  if (auto region = between(host, "obs.", ".myhuaweicloud.com")) return *region;
  if (auto region = between(host, "cos.", ".myqcloud.com")) return *region;
  if (auto region = between(host, "s3.", ".aliyuncs.com")) return *region;
  return "us-east-1";
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

const Provider& provider_of(Scheme scheme) {
  return *std::ranges::find_if(kProviders, [&](const Provider& known) { return known.scheme == scheme; });
}

Result<BucketAddress> bucket_address(const Destination& destination, const NetworkRules& rules) {
  BucketAddress address;
  BW_TRY(address.origin, parse_origin(destination.endpoint));
  const std::string& host = address.origin.host;
  if (!address.origin.tls && !rules.allow_http)
    return invalid("host= names plain HTTP, which the setting backup_dest_allow_http does not allow.");
  BW_CHECK(check_endpoint(host, address.origin.port, rules));
  address.origin.ca_file = rules.ca_file;

  address.bucket = destination.bucket;
  if (destination.scheme == Scheme::cos && !address.bucket.ends_with("-" + destination.appid))
    address.bucket += "-" + destination.appid;
  address.path_style = destination.addressing_model == AddressingModel::path_style || is_address(host);
  BW_CHECK(check_bucket(address));

  switch (destination.scheme) {
    case Scheme::oss:
      address.region = oss_region(host).value_or("");
      address.signing = address.region.empty() ? Signing::oss_v1 : Signing::oss_v4;
      break;
    case Scheme::cos:
      address.signing = Signing::cos;
      break;
    default:
      address.region = s3_region(destination, host);
      address.signing = Signing::aws_v4;
  }
  if (!address.path_style) address.origin.host = address.bucket + "." + host;
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
