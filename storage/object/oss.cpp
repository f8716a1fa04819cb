// Alibaba Cloud OSS.
#include <array>

#include "storage/formats/sizes.h"
#include "storage/object/provider.h"
#include "storage/object/signer.h"

namespace breakwater::storage {
namespace {

// "oss-cn-hangzhou-internal.aliyuncs.com" names the region. Other hosts don't.
std::string oss_region(const Destination& /*destination*/, std::string_view host) {
  auto region = between(host, "oss-", ".aliyuncs.com");
  if (!region || region->find('.') != std::string::npos || region->starts_with("accelerate")) return {};
  constexpr std::string_view kInternal = "-internal";
  if (region->ends_with(kInternal)) region->resize(region->size() - kInternal.size());
  return *std::move(region);
}

// V4 needs a region; without one the signature is V1.
void oss_sign(HttpRequest& request, const SigningInput& input) {
  const HttpHeaders added = input.region.empty()
                                ? sign_oss_v1(request, input.credentials, input.now)
                                : sign_oss_v4(request, input.credentials, input.region, input.now);
  request.headers.insert(request.headers.end(), added.begin(), added.end());
}

constexpr std::array kOssErrors = {
    StoreErrorRow{"0002-00000080", Errc::backup_permission_denied,
                  "This bucket takes V4 signatures alone: give host= as oss-<region>.aliyuncs.com."},
};

}  // namespace

constexpr Provider providers::oss = {.name = "OSS",
                                     .create_only_header = "x-oss-forbid-overwrite",
                                     .create_only_value = "true",
                                     .range_header = "x-oss-range-behavior",
                                     .range_value = "standard",
                                     .append_method = "POST",
                                     .next_position_header = "x-oss-next-append-position",
                                     .request_id_header = "x-oss-request-id",
                                     .token_header = "x-oss-security-token",
                                     .encryption_header = "x-oss-server-side-encryption",
                                     .min_part_size = 100 * kKiB,
                                     .other_error = Errc::oss_error,
                                     .errors = kOssErrors,
                                     .region_of = oss_region,
                                     .sign = oss_sign};

}  // namespace breakwater::storage
