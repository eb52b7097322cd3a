// The upgrade and its releases, its tests, and what it ships.

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {
namespace {

constexpr Explanation kUpgrades[] = {
    {Kind::kMissingDeclaration, R"(A spec has one product and at least one upgrade.

The product says how the version of a host is found and which releases there are; an upgrade says from
where to where. A file that has neither is a module, which others import.
)"},
    {Kind::kUnknownPhase, R"(An upgrade has five phases.

`preflight` looks and changes nothing, `prepare` does what can be done while the old release works, `switch`
changes over, `verify` looks whether the new one works, and `cleanup` comes after the commit.

Bad:
    swich { files.remove("/srv/old") }

Good:
    switch { files.remove("/srv/old") }
)"},
    {Kind::kUnknownRelease, R"(Where a run ends, begins or stops is one of the product's releases.

A run can only end at a release that is there, and a misspelled version would be a way that no host takes.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
      stops     v1.5.0 "the data is rewritten"
    }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v1.5.0, v2.0.0
      stops     v1.5.0 "the data is rewritten"
    }
    upgrade v1.0.0 -> v1.5.0 { downtime 1d }
    upgrade v1.5.0 -> v2.0.0 { downtime 1d }
)"},
    {Kind::kEmptyRange, R"(A range of versions holds at least one release.

`A ..< B` is everything from A on that is below B. One that holds nothing is written the wrong way round, or
means a release that the product does not list. A key that goes before it comes is the same mistake.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v2.0 ..< v1.0 -> v2.0.0 { downtime 1d }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v1.0 ..< v2.0 -> v2.0.0 { downtime 1d }
)"},
    {Kind::kUpgradeGoesUp, R"(An upgrade ends above every release from which it begins.

Else a host could go round in circles. The way down is a `downgrade`, which says so.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v2.0.0 -> v1.0.0 { downtime 1d }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v1.0.0 -> v2.0.0 { downtime 1d }
    downgrade v2.0.0 -> v1.0.0 { downtime 1d }
)"},
    {Kind::kDowngradeGoesDown, R"(A downgrade ends below every release from which it begins.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v1.0.0 -> v2.0.0 { downtime 1d }
    downgrade v1.0.0 -> v2.0.0 { downtime 1d }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
    upgrade v1.0.0 -> v2.0.0 { downtime 1d }
    downgrade v2.0.0 -> v1.0.0 { downtime 1d }
)"},
    {Kind::kEmptyBlock, R"(A block that holds steps together holds some.

A lock around nothing is taken for nothing, and an empty `parallel` is a line that was lost.

Bad:
    prepare {
      lock files.lock("/srv/box") within 10s hold 1m { }
    }

Good:
    prepare {
      lock files.lock("/srv/box") within 10s hold 1m { files.remove("/srv/box/old") }
    }
)"},
    {Kind::kNestedLockOrder, R"(Locks are taken in the byte order of their names.

Two runs that take two locks in opposite orders wait for each other for ever; with one order for all, none
does. Several locks that belong together stand behind one `lock`, which sorts them.

Bad:
    prepare {
      lock files.lock("/srv/b") within 10s hold 1m {
        lock files.lock("/srv/a") within 10s hold 1m { files.remove("/srv/a/old") }
      }
    }

Good:
    prepare {
      lock files.lock("/srv/a"), files.lock("/srv/b") within 10s hold 1m { files.remove("/srv/a/old") }
    }
)"},
    {Kind::kBadTest, R"(A test says what is given, what happens, and what must come of it.

A test that expects nothing cannot fail, and a line that does not read as one of the forms would test
something else than it says. `docs/testing.md` lists the forms.

Bad:
    prepare { old: files.remove("/srv/old") }
    test "it works" {
      given installed v1.0.0
    }

Good:
    prepare { old: files.remove("/srv/old") }
    test "it works" {
      given installed v1.0.0
      then  done
    }
)"},
    {Kind::kUnknownStep, R"(A test names a step of the plan, and one only.

By its label, by what it calls where only one step does, or by its path, which `upgraph plan` shows.

Bad:
    prepare { old: files.remove("/srv/old") }
    test "a step fails" {
      given installed v1.0.0
      when  odl fails
      then  rolled_back
    }

Good:
    prepare { old: files.remove("/srv/old") }
    test "a step fails" {
      given installed v1.0.0
      when  old fails
      then  rolled_back
    }
)"},
    {Kind::kContradictoryTest, R"(What a test gives and expects can be true together.

A host has one version, a fact one answer, and a step that is found as it should be is not run, so that
nothing can happen to it.

Bad:
    prepare { old: files.remove("/srv/old") }
    test "a step fails" {
      given installed v1.0.0, old found
      when  old fails
      then  rolled_back
    }

Good:
    prepare { old: files.remove("/srv/old") }
    test "a step fails" {
      given installed v1.0.0
      when  old fails
      then  rolled_back
    }
)"},
    {Kind::kPayloadClosed, R"(What a step ships lies beside the spec.

A path that begins with `payload/` is a file or a folder in the spec's own folder; it goes into the package.
One that is missing would be missing at night, on the host.
)"},
    {Kind::kMigrationWithoutDown, R"(A migration has a script for the way back.

`001_color.up.sql` goes with `001_color.down.sql`. Data is not put back as files are: once the new release has
written, an old copy would lose what users did since. Where there is no way back, the step says `with loss`
or `never`, and the upgrade accepts it.
)"},
};

}  // namespace

std::span<const Explanation> UpgradeExplanations() { return kUpgrades; }

}  // namespace upgraph::diagnostics
