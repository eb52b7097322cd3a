#include "cli/command_text.h"

namespace upgraph::cli {

const char* CommandName(CommandKind kind) {
  switch (kind) {
    case CommandKind::kCheck:
      return "check";
    case CommandKind::kPlan:
      return "plan";
    case CommandKind::kPack:
      return "pack";
    case CommandKind::kSign:
      return "sign";
    case CommandKind::kVerify:
      return "verify";
    case CommandKind::kApprove:
      return "approve";
    case CommandKind::kApply:
      return "apply";
    case CommandKind::kResume:
      return "resume";
    case CommandKind::kRollback:
      return "rollback";
    case CommandKind::kResolve:
      return "resolve";
    case CommandKind::kTick:
      return "tick";
    case CommandKind::kRecover:
      return "recover";
    case CommandKind::kStatus:
      return "status";
    case CommandKind::kHistory:
      return "history";
    case CommandKind::kReport:
      return "report";
    case CommandKind::kRunbook:
      return "runbook";
    case CommandKind::kGraph:
      return "graph";
    case CommandKind::kMatrix:
      return "matrix";
    case CommandKind::kPaths:
      return "paths";
    case CommandKind::kDocs:
      return "docs";
    case CommandKind::kExplain:
      return "explain";
    case CommandKind::kFmt:
      return "fmt";
    case CommandKind::kTest:
      return "test";
    case CommandKind::kRunner:
      return "runner";
  }
  UPGRAPH_UNREACHABLE("command");
}

CommandText TextOf(CommandKind kind) {
  switch (kind) {
    case CommandKind::kCheck:
      return {
          "Check a spec and say what is wrong with it.",
          "examples:\n"
          "  upgraph check dten.upg\n"
          "  upgraph check -Werror dten.upg         in CI: warnings fail the build\n"
          "  upgraph check --format sarif dten.upg  for code scanning; also json, github\n"
          "  cat dten.upg | upgraph check -         from standard input\n"
          "  upgraph check --fix dten.upg           mends what has one answer; see --dry-run\n"};
    case CommandKind::kPlan:
      return {"Show what would happen, in order, and how each step reverses.",
              "examples:\n"
              "  upgraph plan dten.upg                         each edge of the version graph\n"
              "  upgraph plan dten.upg --from v4.2.0           the way of a host, hop by hop\n"
              "  upgraph plan Full-upgrade-package-dten.zip --root /srv/host   on that host\n"};
    case CommandKind::kPack:
      return {"Check a spec and write its package.",
              "examples:\n"
              "  upgraph pack dten.upg                  writes Full-upgrade-package-dten.zip here\n"
              "  upgraph pack dten.upg -o /tmp/dten.zip\n"
              "  upgraph pack edge.upg --inputs north.upg --set workers=8 -o north.zip\n"
              "                                         for one site: what its inputs are\n"};
    case CommandKind::kSign:
      return {
          "Put a signature into a package, so that one file is both.",
          "minisign (https://jedisct1.github.io/minisign) makes keys and signatures; no secret "
          "key\n"
          "is ever read here. What is signed is the package without its signature, so a run knows\n"
          "it again, whoever signed it.\n"
          "examples:\n"
          "  minisign -G -p release.pub -s release.key         once: a pair of keys\n"
          "  minisign -S -s release.key -t \"dten 5.0.0\" -m Full-upgrade-package-dten.zip\n"
          "  upgraph sign Full-upgrade-package-dten.zip -p release.pub\n"};
    case CommandKind::kVerify:
      return {"Say whether a host would take a package, and who has signed it.",
              "A host trusts the keys in /etc/upgraph/trust/packages, one NAME.pub each.\n"
              "examples:\n"
              "  upgraph verify Full-upgrade-package-dten.zip\n"
              "  upgraph verify Full-upgrade-package-dten.zip --root /srv/host\n"
              "  upgraph verify Full-upgrade-package-dten.zip -p release.pub\n"};
    case CommandKind::kApprove:
      return {
          "Write an approval of a package, for its role to sign.",
          "It binds the package, the role, the hosts and, where one is given, the beginning of "
          "the\n"
          "window. On a host where the role has a key in /etc/upgraph/trust/roles/ROLE nothing "
          "else\n"
          "counts as its approval.\n"
          "examples:\n"
          "  upgraph approve Full-upgrade-package-dten.zip --as support --host web1 --host web2\n"
          "  minisign -S -s anna.key -m support.approval\n"
          "  upgraph apply Full-upgrade-package-dten.zip --approval support.approval\n"};
    case CommandKind::kApply:
      return {
          "Apply a package, or a spec that is compiled on the spot.",
          "This system takes only a package that a key in /etc/upgraph/trust/packages has signed,\n"
          "and so does every root with such a folder; any other root takes a spec as well.\n"
          "The run does not depend on this terminal: when it is closed, the run goes on, and\n"
          "`upgraph status --follow` attaches again. Ctrl-C asks.\n"
          "examples:\n"
          "  upgraph apply Full-upgrade-package-dten.zip\n"
          "  upgraph apply Full-upgrade-package-dten.zip --root /srv/host\n"
          "  upgraph apply dten.upg --root /srv/host --to v4.8.3           and no further\n"
          "  upgraph apply dten.upg --root /srv/host --yes --foreground    in a container\n"
          "  upgraph apply dten.upg --root /dev/shm/host --not-durable     a rehearsal in memory\n"
          "  upgraph apply dten.upg --root /srv/host --window \"2026-11-30T02:00 "
          "Europe/Berlin\"\n"
          "  upgraph apply Full-upgrade-package-dten.zip --until prepare   days ahead: it is "
          "parked\n"};
    case CommandKind::kResume:
      return {
          "Go on with the unfinished run.",
          "A run that was turning back keeps turning back, and one whose rest and way back do not\n"
          "fit its window any more turns back and says why. Before a parked run goes on, the host "
          "is\n"
          "looked at again; where something is in the way it stays parked.\n"
          "examples:\n"
          "  upgraph resume --root /srv/host\n"
          "  upgraph resume --root /srv/host --window 2026-11-30T02:00+01:00    of a parked run\n"};
    case CommandKind::kRollback:
      return {
          "Turn the unfinished run back, or the last one while it is retained.",
          "A committed run goes back as long as `retain` in its spec says, and nothing that it\n"
          "left was changed by somebody else; `upgraph status` says until when.\n"
          "examples:\n"
          "  upgraph rollback --root /srv/host\n"};
    case CommandKind::kResolve:
      return {
          "Settle what a rollback left over: it was put back by hand, or it stays as it is.",
          "`upgraph status` names what is left over. What is said to be reverted must look so,\n"
          "where that can be seen; the word is kept in the journal, and nothing is touched.\n"
          "`upgraph resume` then goes on. A step that waits for another one is settled with it.\n"
          "examples:\n"
          "  upgraph resolve switch/2 --as reverted --because \"restored from the dump\"\n"
          "  upgraph resolve switch/2 prepare/1 --as accepted --because \"rows are kept\"\n"};
    case CommandKind::kTick:
      return {
          "Do what is due after earlier runs: `cleanup after 7d`, watches, the end of `retain`.",
          "For a timer, every few minutes. What fails is tried again at the next call.\n"
          "What a run kept for its way back is removed when it is retained no longer, or was\n"
          "rolled back; nothing brings it back then.\n"
          "examples:\n"
          "  upgraph tick --root /srv/host\n"};
    case CommandKind::kRecover:
      return {
          "Do what a boot does: turn an unfinished run back, or go on after a reboot of its plan.",
          "It asks nobody. A run goes forward only if its plan ordered the reboot, no other came\n"
          "since, what is left fits its window, and the facts are what they were.\n"
          "examples:\n"
          "  upgraph recover --root /srv/host\n"
          "  upgraph recover --early --root /srv/host   before anything but its files is there\n"};
    case CommandKind::kStatus:
      return {"Show the run of this host, step by step; never disturbs it.",
              "examples:\n"
              "  upgraph status --root /srv/host\n"
              "  upgraph status --root /srv/host --follow   attach to a run again\n"};
    case CommandKind::kHistory:
      return {"List the runs of this host, or everything that happened in one.",
              "examples:\n"
              "  upgraph history --root /srv/host\n"
              "  upgraph history 20260301T101500Z-5f0c --root /srv/host\n"};
    case CommandKind::kReport:
      return {"Report on a run: one page for people, or JSON.",
              "What ran, its verdict, a timeline of every step forward and back, downtime and "
              "window, who\n"
              "approved and who was told, and what needs a person. The page needs no network.\n"
              "examples:\n"
              "  upgraph report --root /srv/host -o report.html            of the last run\n"
              "  upgraph report 20260301t1015 --root /srv/host -o report.html\n"
              "  upgraph report --root /srv/host --format json | jq .verdict\n"};
    case CommandKind::kRunbook:
      return {
          "Write the runbook of an upgrade, as Markdown, for those who carry it out.",
          "What for, who says go, what is looked at first, the steps with their times and how "
          "each\n"
          "reverses, the way back, who is told, what comes after, and the commands.\n"
          "examples:\n"
          "  upgraph runbook dten.upg -o runbook.md             of each edge of the version graph\n"
          "  upgraph runbook Full-upgrade-package-dten.zip --from v4.2.0   the way of a host\n"};
    case CommandKind::kGraph:
      return {"Draw the step graph, as SVG or for Graphviz or Mermaid.",
              "examples:\n"
              "  upgraph graph dten.upg --as svg -o dten.svg\n"
              "  upgraph graph dten.upg | dot -Tpdf > dten.pdf\n"
              "  upgraph graph dten.upg --as mermaid -o dten.mmd\n"
              "  upgraph graph dten.upg --back          the reverse graph\n"};
    case CommandKind::kMatrix:
      return {"List what becomes of each configuration key, one line for each change.",
              "examples:\n"
              "  upgraph matrix dten.upg\n"
              "  upgraph matrix dten.upg | grep removed\n"};
    case CommandKind::kPaths:
      return {"List each release with its way over the version graph, or why it has none.",
              "examples:\n"
              "  upgraph paths dten.upg\n"
              "  upgraph paths dten.upg --from v4.8.3\n"};
    case CommandKind::kDocs:
      return {"Print the reference of the standard library, or of a spec, as Markdown.",
              "examples:\n"
              "  upgraph docs\n"
              "  upgraph docs files\n"
              "  upgraph docs helpers/queue.upg\n"};
    case CommandKind::kExplain:
      return {"Explain a check, or any other message, by the name in its brackets.",
              "examples:\n"
              "  upgraph explain                       all names, a line each\n"
              "  upgraph explain unordered-conflict\n"};
    case CommandKind::kFmt:
      return {"Format specs: there is one style.",
              "examples:\n"
              "  upgraph fmt dten.upg\n"
              "  upgraph fmt .                          every *.upg below this folder\n"
              "  upgraph fmt --check .                  in CI: says what would change, and fails\n"
              "  upgraph fmt - < dten.upg               to standard output, as editors call it\n"};
    case CommandKind::kTest:
      return {
          "Play the tests of specs, each on a simulated host; nothing outside is touched.",
          "examples:\n"
          "  upgraph test dten.upg\n"
          "  upgraph test --filter gate --steps dten.upg   some, with what happened to each step\n"
          "  upgraph test --junit report.xml .             every *.upg below this folder, in CI\n"};
    case CommandKind::kRunner:
      return {"Carry a run.", ""};
  }
  UPGRAPH_UNREACHABLE("command");
}

}  // namespace upgraph::cli
