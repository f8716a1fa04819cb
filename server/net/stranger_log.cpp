#include "server/net/stranger_log.h"

#include "base/log_fields.h"
#include "server/net/strangers.h"

namespace breakwater::server {

void StrangerLog::refusal(std::string_view what, std::string_view user, const Peer& peer, const Error& error,
                          std::uint64_t connection, Time now) {
  const std::lock_guard lock(mutex_);
  end_seconds(now);
  Key key{.what = std::string(what), .error = error.code(), .origin = peer.ip.origin()};
  if (const auto known = entries_.find(key); known != entries_.end()) {
    ++known->second.left_out;
    return;
  }
  if (entries_.size() >= kMaxKinds) {
    if (others_++ == 0) others_since_ = now;
    return;
  }
  std::string text(what);
  if (!user.empty()) text.append(" for '").append(user).append("'");
  text.append(" from ").append(peer.address).append(": ").append(error.text());
  if (!error.hint().empty()) text.append("; ").append(error.hint());
  const LogFields fields{.connection_id = connection,
                         .user = user,
                         .address = peer.address,
                         .code = error_row(error.code()).mysql_errno,
                         .note = error.hint()};
  breakwater::write(log_, LogLevel::warning, fields, text);
  const auto entry = entries_.emplace(std::move(key), Entry{.address = peer.address}).first;
  begun_.emplace_back(now, entry);
}

void StrangerLog::flush(Time now) {
  const std::lock_guard lock(mutex_);
  end_seconds(now);
}

void StrangerLog::write_left_out(const Key& key, const Entry& entry) {
  log_.warning(key.what + " from " + entry.address + ": " + std::to_string(entry.left_out) +
               " more since the last line, error " + std::to_string(error_row(key.error).mysql_errno));
}

// A line with a count of left-out lines is also the line of its kind for the next second.
void StrangerLog::end_seconds(Time now) {
  while (!begun_.empty() && now - begun_.front().first >= kInterval) {
    const auto entry = begun_.front().second;
    begun_.pop_front();
    if (entry->second.left_out == 0) {
      entries_.erase(entry);
      continue;
    }
    write_left_out(entry->first, entry->second);
    entry->second.left_out = 0;
    if (now == Time::max()) {
      entries_.erase(entry);
    } else {
      begun_.emplace_back(now, entry);
    }
  }
  if (others_ != 0 && now - others_since_ >= kInterval) {
    log_.warning("clients that have not logged in, from other addresses: " + std::to_string(others_) +
                 " more were refused since the last line");
    others_ = 0;
  }
}

}  // namespace breakwater::server
