#!/usr/bin/python3
"""run_reports.py UPGRAPH: every case of tests/golden/diagnostics in the formats of other tools.

SARIF holds against the schema, and both formats say what JSON says: as many diagnostics, with the
same names, levels and places.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parent / "diagnostics"
SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "support/sarif_subset.schema.json"
CASES_MIN = 100


def run(upgraph, case, form):
    inputs = case.with_suffix(".inputs")
    given = ["--inputs", inputs.name] if inputs.exists() else []
    done = subprocess.run([upgraph, "check", "--format", form, *given, case.name], cwd=case.parent,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=False)
    return done.stdout.decode("utf-8"), done.returncode


def unescape(text):
    for code, sign in (("%0A", "\n"), ("%0D", "\r"), ("%2C", ","), ("%3A", ":"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def parse_command(line):
    """`::level a=b,c=d::message` as (level, properties, message)."""
    head, message = line[2:].split("::", 1)
    level, _, properties = head.partition(" ")
    pairs = (pair.split("=", 1) for pair in properties.split(","))
    return level, {name: unescape(value) for name, value in pairs}, unescape(message)


def judge(upgraph, case, validator):
    faults = []
    texts = {form: run(upgraph, case, form) for form in ("json", "sarif", "github")}
    if len({code for _, code in texts.values()}) != 1:
        faults.append(f"exit codes differ: {[code for _, code in texts.values()]}")
    expected = json.loads(texts["json"][0])["diagnostics"]
    sarif = json.loads(texts["sarif"][0])
    faults += [error.message for error in validator.iter_errors(sarif)]
    results = sarif["runs"][0]["results"]
    rules = [rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]]
    commands = [parse_command(line) for line in texts["github"][0].splitlines()]
    if not len(expected) == len(results) == len(commands):
        return faults + [f"{len(expected)} diagnostics, {len(results)} results, "
                         f"{len(commands)} commands"]
    for diagnostic, result, command in zip(expected, results, commands):
        level, properties, message = command
        seen = {
            "name": (diagnostic["name"], result["ruleId"], rules[result["ruleIndex"]],
                     properties["title"]),
            "level": (diagnostic["severity"], result["level"], level),
            "message": (result["message"]["text"], message),
        }
        if "line" in diagnostic:
            region = result["locations"][0]["physicalLocation"]["region"]
            seen["line"] = (str(diagnostic["line"]), str(region["startLine"]), properties["line"])
            seen["column"] = (str(region["startColumn"]), properties["col"])
            if region["startColumn"] > diagnostic["column"]:
                faults.append("a column in characters is greater than the one in bytes")
        changes = [change for fix in result.get("fixes", []) for change in fix["artifactChanges"]]
        seen["fix"] = (
            str([edit["text"] for edit in diagnostic["fix"]]),
            str([edit["insertedContent"]["text"] for change in changes
                 for edit in change["replacements"]]))
        if not result["message"]["text"].startswith(diagnostic["message"]):
            faults.append(f"the message differs: {result['message']['text']}")
        faults += [f"{what} differs: {values}" for what, values in seen.items()
                   if len(set(values)) != 1]
    return faults


def main():
    upgraph = sys.argv[1]
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    # The schema itself must be able to fail.
    if validator.is_valid({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}):
        print("the schema lets a tool without a name pass")
        return 1
    cases = sorted(FOLDER.glob("*/*.upg"))
    if len(cases) < CASES_MIN:
        print(f"only {len(cases)} cases")
        return 1
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        judged = list(pool.map(lambda case: judge(upgraph, case, validator), cases))
    bad = [(case, faults) for case, faults in zip(cases, judged) if faults]
    for case, faults in bad:
        print(case.relative_to(FOLDER), *faults, sep="\n  ")
    print(f"{len(cases)} cases in three formats, {len(bad)} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
