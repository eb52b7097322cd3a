#!/usr/bin/python3
"""generate.py STEPS FOLDER [LANGUAGE…]

Writes FOLDER/bench.upg, a spec that comes to STEPS steps, and the same blocks in the languages of the
peers: bench.nix, bench.jsonnet, bench.yml (a playbook), bench.ninja. Without languages all of them.
The same arguments give the same bytes.

A block is a site: a few keys of the configuration, and ten steps as people write them: under a lock,
one after another, side by side with a label, by a step of steps, with a comment here and there.
"""
import pathlib
import sys

STEPS_PER_SITE = 10
LANGUAGES = ("upg", "nix", "jsonnet", "yml", "ninja")


class Site:
    """What differs from one block to the next."""

    def __init__(self, number):
        self.name = f"site_{number:05}"
        self.root = f"/srv/tenants/{number // 100:03}/{self.name}"
        self.release = f"{self.root}/releases/5.0.0"
        self.port = 10000 + number * 7919 % 50000
        self.backoff = 50 + number * 31 % 950
        self.size = 1 + number * 17 % 512


def write_spec(sites, out):
    out.write(UPG_HEAD)
    for site in sites:
        out.write(UPG_KEYS % vars(site))
    out.write(UPG_UPGRADE)
    for site in sites:
        out.write(UPG_SITE % vars(site))
    out.write(UPG_TAIL)


UPG_HEAD = """\
/// An upgrade of many sites on one host, written by bench/generate.py.
import std.files
import std.config

product farm {
  versions   semver
  installed  files.first_line("/etc/farm/release")
  releases   v4.8.3, v5.0.0
}

/// Warms the cache of one site.
step warm_cache(tool: Path, cache: Path, size: Size = 64MiB) {
  phases   prepare
  reads    file(tool)
  writes   file(cache)
  reverses by compensation
  takes    1s
  timeout  30s
  do       [tool, "build", cache]
  undo     [tool, "drop", cache]
  observe  [tool, "probe", cache]
}

/// Puts a new tree in place of an old one and keeps a link to the old name.
step replace(tree: Path, new: Path) {
  steps {
    files.remove("${tree}.bak")
    files.link(tree, to: new)
  }
}

/// Every site's keys.
config settings = config.ini("/etc/farm/farm.ini") {
"""

UPG_KEYS = """\
  %(name)s.listen   : String = "0.0.0.0:%(port)s"
  %(name)s.backoff  : Duration in ms = 100ms
"""

UPG_UPGRADE = """\
}

upgrade v4.8 ..< v5.0 -> v5.0.0 {
  ticket    "MNT-2041"

  preflight {
    files.require_space("/srv/tenants", 64MiB)
    config.audit(settings)
  }

  prepare {
"""

UPG_SITE = """\
    // %(name)s: its settings, its tree, and what the old release left behind.
    lock files.lock("%(root)s/.lock") within 30s hold 5m {
      config.set(settings.%(name)s.listen, "127.0.0.1:%(port)s")
      config.set(settings.%(name)s.backoff, %(backoff)sms)
    }
    files.install("payload/site/release", to: "%(release)s")
    parallel {
      cache: warm_cache("%(release)s/bin/warm", cache: "%(root)s/cache/routes", size: %(size)sMiB)
      replace("%(root)s/current", new: "%(release)s")
      block {
        files.remove("%(root)s/tmp/${from}")   // written by the old release only
        files.install("payload/site/units", to: "%(root)s/units")
        files.link("%(root)s/units/default", to: "%(root)s/units/site.service")
      }
      files.remove("%(root)s/cache/old-routes") after cache
    }
"""

UPG_TAIL = """\
  }

  verify {
    files.expect("/run/farm/health", contains: "ready", within: 10s)
  }
}
"""


def write_nix(sites, out):
    out.write(NIX_HEAD)
    for site in sites:
        out.write(NIX_SITE % vars(site))
    out.write("]\n")


NIX_HEAD = """\
# Written by bench/generate.py: each step a function call that gives a set, as a module would.
let
  step = name: args: { inherit name args; takes = 1000; phases = [ "prepare" "switch" ]; };
  install = source: to: step "files.install" { inherit source to; };
  link = path: to: step "files.link" { inherit path to; };
  remove = path: step "files.remove" { inherit path; };
  set = key: value: step "config.set" { inherit key value; };
  warmCache = args: step "warm_cache" ({ size = 64; } // args);
  replace = tree: new: [ (remove "${tree}.bak") (link tree new) ];
in [
"""

NIX_SITE = """\
  # %(name)s: its settings, its tree, and what the old release left behind.
  { lock = { name = "%(root)s/.lock"; within = 30; hold = 300; };
    steps = [
      (set "%(name)s.listen" "127.0.0.1:%(port)s")
      (set "%(name)s.backoff" %(backoff)s)
    ];
  }
  (install "payload/site/release" "%(release)s")
  { parallel = {
      cache = warmCache { tool = "%(release)s/bin/warm"; cache = "%(root)s/cache/routes"; size = %(size)s; };
      tree = replace "%(root)s/current" "%(release)s";
      units = [
        (remove "%(root)s/tmp/old")   # written by the old release only
        (install "payload/site/units" "%(root)s/units")
        (link "%(root)s/units/default" "%(root)s/units/site.service")
      ];
      old = (remove "%(root)s/cache/old-routes") // { after = "cache"; };
    };
  }
"""


def write_jsonnet(sites, out):
    out.write(JSONNET_HEAD)
    for site in sites:
        out.write(JSONNET_SITE % vars(site))
    out.write("]\n")


JSONNET_HEAD = """\
// Written by bench/generate.py.
local step(name, args) = { name: name, args: args, takes: 1000, phases: ['prepare', 'switch'] };
local install(source, to) = step('files.install', { source: source, to: to });
local link(path, to) = step('files.link', { path: path, to: to });
local remove(path) = step('files.remove', { path: path });
local set(key, value) = step('config.set', { key: key, value: value });
local warmCache(tool, cache, size=64) = step('warm_cache', { tool: tool, cache: cache, size: size });
local replace(tree, new) = [remove(tree + '.bak'), link(tree, new)];
[
"""

JSONNET_SITE = """\
  // %(name)s: its settings, its tree, and what the old release left behind.
  { lock: { name: '%(root)s/.lock', within: 30, hold: 300 },
    steps: [
      set('%(name)s.listen', '127.0.0.1:%(port)s'),
      set('%(name)s.backoff', %(backoff)s),
    ],
  },
  install('payload/site/release', '%(release)s'),
  { parallel: {
      cache: warmCache('%(release)s/bin/warm', cache='%(root)s/cache/routes', size=%(size)s),
      tree: replace('%(root)s/current', '%(release)s'),
      units: [
        remove('%(root)s/tmp/old'),   // written by the old release only
        install('payload/site/units', '%(root)s/units'),
        link('%(root)s/units/default', '%(root)s/units/site.service'),
      ],
      old: remove('%(root)s/cache/old-routes') + { after: 'cache' },
    },
  },
"""


def write_yml(sites, out):
    out.write("- hosts: all\n  gather_facts: false\n  tasks:\n")
    for site in sites:
        out.write(YML_SITE % vars(site))


YML_SITE = """\
    # %(name)s: its settings, its tree, and what the old release left behind.
    - name: settings of %(name)s
      block:
        - ansible.builtin.lineinfile: {path: /etc/farm/farm.ini, regexp: "^listen", line: "listen = 127.0.0.1:%(port)s"}
        - ansible.builtin.lineinfile: {path: /etc/farm/farm.ini, regexp: "^backoff", line: "backoff = %(backoff)s"}
    - ansible.builtin.copy: {src: payload/site/release/, dest: %(release)s}
    - ansible.builtin.command: {argv: [%(release)s/bin/warm, build, %(root)s/cache/routes, "%(size)s"]}
    - ansible.builtin.file: {path: %(root)s/current.bak, state: absent}
    - ansible.builtin.file: {path: %(root)s/current, src: %(release)s, state: link}
    - ansible.builtin.file: {path: "%(root)s/tmp/{{ old_release }}", state: absent}   # written by the old release only
    - ansible.builtin.copy: {src: payload/site/units/, dest: %(root)s/units}
    - ansible.builtin.file: {path: %(root)s/units/default, src: %(root)s/units/site.service, state: link}
    - ansible.builtin.file: {path: %(root)s/cache/old-routes, state: absent}
"""


def write_ninja(sites, out):
    out.write(NINJA_HEAD)
    before = ""
    for site in sites:
        out.write(NINJA_SITE % dict(vars(site), before=before))
        before = f"{site.root}/cache/old-routes.gone"
    out.write(f"default {before}\n")


NINJA_HEAD = """\
# Written by bench/generate.py: an edge for each step, with the order of the spec.
rule set
  command = set $key $value
rule install
  command = cp -r $source $out
rule link
  command = ln -s $to $out
rule remove
  command = rm -rf $path && touch $out
rule warm
  command = $in build $out $size
"""

NINJA_SITE = """\
# %(name)s: its settings, its tree, and what the old release left behind.
build %(root)s/listen.set: set || %(before)s
  key = %(name)s.listen
  value = 127.0.0.1$:%(port)s
build %(root)s/backoff.set: set || %(root)s/listen.set
  key = %(name)s.backoff
  value = %(backoff)s
build %(release)s: install || %(root)s/backoff.set
  source = payload/site/release
build %(root)s/cache/routes: warm | %(release)s
  size = %(size)s
build %(root)s/current.gone: remove || %(release)s
  path = %(root)s/current.bak
build %(root)s/current: link || %(root)s/current.gone
  to = %(release)s
build %(root)s/tmp/old.gone: remove || %(release)s
  path = %(root)s/tmp/old
build %(root)s/units: install || %(root)s/tmp/old.gone
  source = payload/site/units
build %(root)s/units/default: link || %(root)s/units
  to = %(root)s/units/site.service
build %(root)s/cache/old-routes.gone: remove || %(root)s/cache/routes %(root)s/current %(root)s/units/default
  path = %(root)s/cache/old-routes
"""


def main():
    if len(sys.argv) < 3 or any(name not in LANGUAGES for name in sys.argv[3:]):
        sys.exit(__doc__)
    step_count, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    sites = [Site(number) for number in range(max(1, step_count // STEPS_PER_SITE))]
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("release", "units"):
        part = folder / "payload/site" / name
        part.mkdir(parents=True, exist_ok=True)
        (part / "site.service").write_text("[Unit]\n")
    for language in sys.argv[3:] or LANGUAGES:
        writer = globals()[f"write_{language.replace('upg', 'spec')}"]
        with open(folder / f"bench.{language}", "w", encoding="utf-8") as out:
            writer(sites, out)


if __name__ == "__main__":
    main()
