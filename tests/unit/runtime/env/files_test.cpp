// Paths stay beneath the root, whatever links say; what is made is made as asked.

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <optional>

#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"

namespace upgraph::env {
namespace {

using test::ScratchHost;

std::optional<ErrorKind> KindOf(const Status& status) {
  return status.ok() ? std::nullopt : std::optional(status.error().kind);
}

TEST_CASE("links are followed as chroot would, and never out of the root") {
  ScratchHost host;
  host.Write("/etc/conf", "inside\n");
  host.Write("/srv/x", "x");
  Files& files = host.files();
  REQUIRE(files.MakeSymlink("/etc", "/srv/absolute").ok());
  REQUIRE(files.MakeSymlink("../../../../etc", "/srv/upwards").ok());
  REQUIRE(files.MakeSymlink("/etc/passwd", "/srv/passwd").ok());
  REQUIRE(files.MakeSymlink("/proc/self/root", "/srv/magic").ok());
  CHECK(host.Read("/srv/absolute/conf") == "inside\n");
  CHECK(host.Read("/srv/upwards/conf") == "inside\n");
  CHECK(files.Read("/srv/passwd", 100).error().kind == ErrorKind::kNotFound);
  CHECK_FALSE(files.Read("/srv/magic/etc/passwd", 100).ok());
  // The last name is never followed by a change.
  REQUIRE(files.RemoveTree("/srv/absolute").ok());
  CHECK(host.Read("/etc/conf") == "inside\n");
  CHECK(files.Stat("/srv/passwd")->type == FileType::kSymlink);
  CHECK(KindOf(files.WriteNew("/srv/passwd", "no", 0600)) == ErrorKind::kExists);
  CHECK_FALSE(files.SetMode("/srv/passwd", 0600).ok());
  CHECK(*files.RealPath("/srv/upwards/conf") == host.root() + "/etc/conf");
}

TEST_CASE("a magic link of the real root is not followed") {
  auto files = OpenFiles("/");
  REQUIRE(files.ok());
  CHECK_FALSE((*files)->Read("/proc/self/root/etc/passwd", 1 << 20).ok());
  CHECK((*files)->Read("/etc/passwd", 1 << 20).ok());
}

TEST_CASE("paths that are not absolute, end above, or are too long are refused") {
  ScratchHost host;
  for (const std::string& path :
       {std::string("etc"), std::string("/.."), std::string(), "/" + std::string(5000, 'a')}) {
    INFO(path.substr(0, 20));
    CHECK(KindOf(host.files().WriteNew(path, "", 0600)) == ErrorKind::kInvalid);
  }
  auto missing = OpenFiles("/nowhere/at/all");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kNotFound);
}

TEST_CASE("mode, time and attributes are as asked, whatever the umask") {
  ScratchHost host;
  mode_t old = ::umask(077);
  Files& files = host.files();
  REQUIRE(files.WriteNew("/f", "content", 06755).ok());
  REQUIRE(files.MakeDirectories("/a/b/c", 01777).ok());
  ::umask(old);
  CHECK(files.Stat("/f")->mode == 06755);
  CHECK(files.Stat("/a/b/c")->mode == 01777);
  REQUIRE(files.SetMtime("/f", 1'234'567'890'123'456'789).ok());
  CHECK(files.Stat("/f")->mtime_ns == 1'234'567'890'123'456'789);
  REQUIRE(files.SetXattr("/f", "user.b", std::string("\0x", 2)).ok());
  REQUIRE(files.SetXattr("/f", "user.a", "1").ok());
  CHECK(*files.ReadXattrs("/f") == Xattrs{{"user.a", "1"}, {"user.b", std::string("\0x", 2)}});
  CHECK(KindOf(files.WriteNew("/f", "again", 0600)) == ErrorKind::kExists);
  CHECK(KindOf(files.MakeDirectory("/a", 0700)) == ErrorKind::kExists);
  CHECK_FALSE(files.Read("/f", 6).ok());
  CHECK(*files.Read("/f", 7) == "content");
}

TEST_CASE("a rename onto something that exists is refused, an exchange swaps both") {
  ScratchHost host;
  host.Write("/a", "1");
  host.Write("/d/b", "2");
  Files& files = host.files();
  CHECK(KindOf(files.RenameNew("/a", "/d")) == ErrorKind::kExists);
  CHECK(KindOf(files.RenameNew("/none", "/e")) == ErrorKind::kNotFound);
  REQUIRE(files.Exchange("/a", "/d").ok());
  CHECK(host.Read("/d") == "1");
  CHECK(host.Read("/a/b") == "2");
  REQUIRE(files.RenameNew("/d", "/a/c").ok());
  CHECK(*files.List("/a") == std::vector<std::string>{"b", "c"});
  REQUIRE(files.RemoveTree("/a").ok());
  REQUIRE(files.RemoveTree("/a").ok());
  CHECK_FALSE(host.Exists("/a"));
}

TEST_CASE("a tree is removed without following a link in it") {
  ScratchHost host;
  host.Write("/keep/file", "kept");
  host.Write("/gone/sub/file", "");
  REQUIRE(host.files().MakeSymlink("/keep", "/gone/sub/link").ok());
  REQUIRE(host.files().SetMode("/gone/sub", 0500).ok());
  REQUIRE(host.files().RemoveTree("/gone").ok());
  CHECK(host.Read("/keep/file") == "kept");
}

TEST_CASE("a file that stays open is written at places, and a copy has the content of its source") {
  ScratchHost host;
  Files& files = host.files();
  auto file = files.OpenToWrite("/slots");
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(4, "second").ok());
  REQUIRE((*file)->WriteAt(0, "1st.").ok());
  CHECK(host.Read("/slots") == "1st.second");
  CHECK(files.Stat("/slots")->mode == 0600);
  const std::string large(3 << 20, 'x');
  host.Write("/large", large + "end");
  REQUIRE(files.CopyNew("/large", "/copy", 0640).ok());
  CHECK(*files.Read("/copy", 4 << 20) == large + "end");
  CHECK(files.Stat("/copy")->mode == 0640);
  CHECK(KindOf(files.CopyNew("/large", "/copy", 0640)) == ErrorKind::kExists);
  CHECK(KindOf(files.CopyNew("/missing", "/other", 0640)) == ErrorKind::kNotFound);
  REQUIRE(files.MakeSymlink("/slots", "/link").ok());
  CHECK_FALSE(files.OpenToWrite("/link").ok());
}

TEST_CASE("what lies in memory does not last") {
  // Of the system that runs the test: /proc is neither; /dev/shm, where there is one, is tmpfs.
  auto files = OpenFiles("/");
  REQUIRE(files.ok());
  CHECK((*files)->WhyNotDurable("/proc").value().empty());
  CHECK((*files)->WhyNotDurable("/no/such/folder").error().kind == ErrorKind::kNotFound);
  if (struct statfs raw{}; statfs("/dev/shm", &raw) == 0 && raw.f_type == 0x01021994) {
    CHECK((*files)->WhyNotDurable("/dev/shm").value() == "tmpfs");
  }
}

}  // namespace
}  // namespace upgraph::env
