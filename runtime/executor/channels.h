#pragma once

// How each kind of channel is told something.

#include <atomic>
#include <string>
#include <string_view>

#include "plan/value.h"
#include "runtime/env/env.h"

namespace upgraph::executor {

// Whether this program can tell the channel, or read the secret of one, that the library calls so.
bool HasChannel(std::string_view native);

// Whether it may take its time: somebody else has to answer.
bool IsSlowChannel(const plan::Value& channel);

// What is told, the same however often it is, but for the journal's head.
struct ChannelMessage {
  std::string key;    // by which who is told sees what was told before
  std::string mark;   // the key as a comment of a page
  std::string event;  // "rolled_back"
  std::string product;
  std::string from;
  std::string to;
  std::string ticket;
  std::string run_id;
  std::string text;
  // Of an end: the hash of the journal's last record when it is told, in hex; else empty.
  std::string journal_head;
  int64_t wall_ms = 0;  // of the event
};

// At most this long, whoever has to answer.
inline constexpr int64_t kTellMsMax = 10'000;

// OK: it was taken. Secrets of the channel are read now, and stand in no error.
Status TellChannel(env::Env& env, const plan::Value& channel, const ChannelMessage& message,
                   const std::atomic<bool>& cancel);

}  // namespace upgraph::executor
