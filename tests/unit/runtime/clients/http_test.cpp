// A server that misbehaves: what it sends is bounded in bytes, in time and in where it leads.

#include "runtime/clients/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "tests/support/catch.h"

namespace upgraph::clients {
namespace {

constexpr int64_t kLongMs = 20'000;  // that no test waits for
const std::atomic<bool> kNobodyAsks = false;

// Answers on the loopback, one connection after the other, each as `answer` does, given the path.
class Server {
 public:
  // The connection of one request, which was read.
  class Connection {
   public:
    Connection(int fd, const std::atomic<bool>& is_over) : fd_(fd), is_over_(is_over) {}
    // Whether the test has seen enough.
    bool IsOver() const { return is_over_; }
    // Whether the other side still listens.
    bool Send(const std::string& bytes) const {
      return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
    }

   private:
    int fd_;
    const std::atomic<bool>& is_over_;
  };
  using Answer = std::function<void(const Connection&, const std::string& path)>;

  explicit Server(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 16) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Server() {
    is_over_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string Url(const std::string& path = "/") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  int port() const { return port_; }
  int requests() const { return requests_; }

 private:
  void Serve() {
    while (!is_over_) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) {
        return;
      }
      std::string request;
      char bytes[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
        if (count <= 0) {
          break;
        }
        request.append(bytes, static_cast<size_t>(count));
        if (request[0] == '\x16') {  // the greeting of TLS
          break;
        }
      }
      ++requests_;
      const size_t begin = request.find(' ') + 1;
      answer_(Connection(fd, is_over_), request.substr(begin, request.find(' ', begin) - begin));
      shutdown(fd, SHUT_RDWR);
      close(fd);
    }
  }

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

std::string Redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
}

double SecondsOf(const std::function<void()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_CASE("three redirections are followed, and no fourth") {
  // "/N" leads to "/N-1", and "/0" is there.
  const Server server([](const Server::Connection& connection, const std::string& path) {
    const int left = std::stoi(path.substr(1));
    connection.Send(left == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"
                              : Redirect("/" + std::to_string(left - 1)));
  });
  const auto third = HttpGet(server.Url("/3"), kLongMs, kNobodyAsks);
  REQUIRE(third.ok());
  CHECK(third->status == 200);
  CHECK(third->body == "up");
  const auto fourth = HttpGet(server.Url("/4"), kLongMs, kNobodyAsks);
  REQUIRE_FALSE(fourth.ok());
  CHECK(fourth.error().message.find("redirects") != std::string::npos);
  CHECK(server.requests() == 8);
}

TEST_CASE("a redirection leads to no file and to no other protocol") {
  for (const char* to : {"file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
                         "scp://127.0.0.1/", "dict://127.0.0.1/"}) {
    INFO(to);
    const Server server([&](const Server::Connection& connection, const std::string&) {
      connection.Send(Redirect(to));
    });
    const auto answer = HttpGet(server.Url(), kLongMs, kNobodyAsks);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::kFailed);
  }
  CHECK_FALSE(HttpGet("file:///etc/hostname", kLongMs, kNobodyAsks).ok());
}

TEST_CASE("what is told goes nowhere else") {
  const Server server([](const Server::Connection& connection, const std::string&) {
    connection.Send(Redirect("/elsewhere"));
  });
  HttpPost post;
  post.url = server.Url();
  post.body = "{}";
  const auto answer = PostHttp(post, kLongMs, kNobodyAsks);
  REQUIRE(answer.ok());
  CHECK(answer->status == 302);
  CHECK(server.requests() == 1);
  post.headers = {"X-One: 1\r\nX-Two: 2"};
  CHECK_FALSE(PostHttp(post, kLongMs, kNobodyAsks).ok());
  CHECK(server.requests() == 1);
}

TEST_CASE("of a body a megabyte is read, to the byte") {
  for (size_t size : {kHttpBodyBytesMax - 1, kHttpBodyBytesMax, kHttpBodyBytesMax + 1}) {
    INFO(size);
    const Server server([&](const Server::Connection& connection, const std::string&) {
      connection.Send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", size,
                                  std::string(size, 'x')));
    });
    const auto answer = HttpGet(server.Url(), kLongMs, kNobodyAsks);
    REQUIRE(answer.ok());
    CHECK(answer->status == 200);
    CHECK(answer->body == std::string(std::min(size, kHttpBodyBytesMax), 'x'));
  }
}

TEST_CASE("a body without an end is left after a megabyte") {
  const Server server([](const Server::Connection& connection, const std::string&) {
    connection.Send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.Send(std::string(1 << 16, 'x'))) {
    }
  });
  const auto answer = HttpGet(server.Url(), kLongMs, kNobodyAsks);
  REQUIRE(answer.ok());
  CHECK(answer->body.size() == kHttpBodyBytesMax);
}

TEST_CASE("heads without an end, and a body in drops, end with the time that there is") {
  for (const char* drop : {"X-More: 1\r\n", "x"}) {
    INFO(drop);
    const Server server([&](const Server::Connection& connection, const std::string&) {
      connection.Send(std::string("HTTP/1.1 200 OK\r\n") + (*drop == 'x' ? "\r\n" : ""));
      while (connection.Send(drop)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    const double seconds = SecondsOf([&] {
      const auto answer = HttpGet(server.Url(), 300, kNobodyAsks);
      REQUIRE_FALSE(answer.ok());
      CHECK(answer.error().kind == ErrorKind::kTimeout);
    });
    CHECK(seconds < 10);
  }
}

TEST_CASE("who never answers is left when the time is over, or when somebody asks") {
  const Server server([](const Server::Connection& connection, const std::string&) {
    while (!connection.IsOver()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const auto late = HttpGet(server.Url(), 200, kNobodyAsks);
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::kTimeout);
  const std::atomic<bool> is_asked = true;
  const double seconds =
      SecondsOf([&] { CHECK_FALSE(HttpGet(server.Url(), kLongMs, is_asked).ok()); });
  CHECK(seconds < 10);
}

TEST_CASE("an answer that is none, or not whole, is an error") {
  for (const char* bytes : {"", "nonsense\r\n\r\n", "HTTP/1.1\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n"}) {
    INFO(bytes);
    const Server server(
        [&](const Server::Connection& connection, const std::string&) { connection.Send(bytes); });
    CHECK_FALSE(HttpGet(server.Url(), kLongMs, kNobodyAsks).ok());
  }
}

TEST_CASE("who speaks no TLS is not spoken to without it") {
  const Server server([](const Server::Connection& connection, const std::string&) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup");
  });
  CHECK_FALSE(
      HttpGet(fmt::format("https://127.0.0.1:{}/", server.port()), kLongMs, kNobodyAsks).ok());
}

TEST_CASE("where nobody listens is an error, not a wait") {
  std::string url;
  {
    const Server server([](const Server::Connection&, const std::string&) {});
    url = server.Url();
  }
  const double seconds = SecondsOf([&] { CHECK_FALSE(HttpGet(url, kLongMs, kNobodyAsks).ok()); });
  CHECK(seconds < 10);
}

}  // namespace
}  // namespace upgraph::clients
