// Calls and values.

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {
namespace {

constexpr Explanation kValues[] = {
    {Kind::kWrongType, R"(A value is of the type that is asked for; values never convert.

`30` is no duration and `"30s"` is none either: somebody would guess the unit. Types of handles differ as
well: a database is no folder. A text becomes another type only by being written as a literal of it.

Bad:
    config settings = config.ini("/etc/box/box.ini") {
      pause : Duration in s = 30
    }

Good:
    config settings = config.ini("/etc/box/box.ini") {
      pause : Duration in s = 30s
    }
)"},
    {Kind::kWrongText, R"(A text where a path, a version or the like is asked for has its form.

A `Path` is absolute and clean: no `.`, no `..`, no `//` and no `/` at its end, as two spellings of one path
would be two resources, and a conflict between them would go unseen.

Bad:
    prepare { files.remove("/srv/box/../old") }

Good:
    prepare { files.remove("/srv/old") }
)"},
    {Kind::kMissingArgument, R"(Every parameter without a default is given.

The message shows the declaration. Arguments are given in order or by name.

Bad:
    prepare { files.link("/srv/current") }

Good:
    prepare { files.link("/srv/current", to: "/srv/release-2") }
)"},
    {Kind::kUnknownArgument, R"(An argument is one of the parameters.

Bad:
    prepare { files.link("/srv/current", target: "/srv/release-2") }

Good:
    prepare { files.link("/srv/current", to: "/srv/release-2") }
)"},
    {Kind::kDuplicateArgument, R"(Each parameter is given once.

In order and by name are two ways to give the same one.

Bad:
    prepare { files.link("/srv/current", path: "/srv/other", to: "/srv/release-2") }

Good:
    prepare { files.link(path: "/srv/current", to: "/srv/release-2") }
)"},
    {Kind::kNotConstant, R"(What shapes the plan is known when the spec is compiled.

A plan is checked before it meets a host: how many steps it has, which files they touch, how long they
take. What the host alone knows, a fact or `from`, may stand in texts that steps get, and in `when`, of which
both arms are checked. A loop over a list of the host says how many turns it has at most.

Bad:
    let jobs = files.matching("/etc/box/jobs", "*.job")
    prepare { for job in jobs { files.remove(job) } }

Good:
    let jobs = files.matching("/etc/box/jobs", "*.job")
    prepare { for job in jobs max 20 { files.remove(job) } }
)"},
    {Kind::kOverflow, R"(Numbers, durations and sizes have 64 bits, and none wraps around.

A duration is kept in milliseconds, a size in bytes. A result that does not fit is an error in place of a
number that nobody meant.

Bad:
    let forever = 9223372036854775807 + 1

Good:
    let long = 9223372036854775807
)"},
};

}  // namespace

std::span<const Explanation> ValueExplanations() { return kValues; }

}  // namespace upgraph::diagnostics
