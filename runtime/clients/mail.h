#pragma once

// Mails to people, by SMTP.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace upgraph::clients {

struct MailServer {
  std::string url;       // smtp://mail.example.com:587 or smtps://mail.example.com
  std::string user;      // empty: nobody in particular
  std::string password;  // goes over TLS alone, but to this very machine
};

struct Mail {
  std::string from;  // addresses alone: ops@example.com
  std::vector<std::string> to;
  std::string subject;  // UTF-8, one line
  std::string body;     // UTF-8
  std::string id;       // of the message: the same mail sent twice has the same
  int64_t wall_ms = 0;  // its date
};

// The mail as it goes over the wire. kInvalid: an address or the subject holds what would be a
// header of its own.
Result<std::string> MailText(const Mail& mail);

// With smtp:// TLS is used where the server has it, and asked for where there is a password. OK:
// the server has taken it. Thread-safe.
Status SendMail(const MailServer& server, const Mail& mail, int64_t timeout_ms,
                const std::atomic<bool>& cancel);

}  // namespace upgraph::clients
