/**
 * The proof that an account is shut in, made by trying: a script that runs as that account, the way the executor will be
 * started, and does what a hostile agent would do first (platform.md S11 to S13; the codex action's do-then-verify).
 */

/** What has to be impossible, and what has to work. Paths are absolute. */
export type Demands = {
  /** Processes of ours: their environment and memory hold keys. */
  readonly processes: readonly number[];
  /** Files and folders it may neither read, list nor enter: our state, other agents' folders. */
  readonly hidden: readonly string[];
  /** Folders it may read, not write in: where programs and the user's own files are. */
  readonly unwritable: readonly string[];
  /** What it has to reach: its programs by path, or by name on its PATH. */
  readonly programs: readonly string[];
  readonly readable: readonly string[];
  /** Folders of its own. */
  readonly own: readonly string[];
};

export const PROOF_SCRIPT = `uid=$1 gid=$2
shift 2
possible() { printf 'possible %s\\n' "$1"; }
missing() { printf 'missing %s\\n' "$1"; }
can_write() { (set -C; : >"$1/.wave-proof-$$") 2>/dev/null && rm -f "$1/.wave-proof-$$"; }

[ "$(id -u)" = "$uid" ] && [ "$(id -G)" = "$gid" ] || possible "act as $(id)"
grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status || possible 'gain power from set-user-id programs'
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || possible 'use capabilities of root'
for way in sudo doas; do
  $way -n true </dev/null >/dev/null 2>&1 && possible "use $way"
done
for socket in /var/run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock; do
  [ -w "$socket" ] && possible "use the container engine at $socket"
done
while [ $# -gt 1 ]; do
  kind=$1 what=$2
  shift 2
  case $kind in
    process)
      cat "/proc/$what/environ" >/dev/null 2>&1 && possible "read the environment of process $what"
      kill -0 "$what" 2>/dev/null && possible "signal process $what" ;;
    hidden) if [ -r "$what" ] || [ -x "$what" ] || ls "$what/" >/dev/null 2>&1; then possible "read $what"; fi ;;
    unwritable) can_write "$what" && possible "write in $what" ;;
    program) command -v "$what" >/dev/null 2>&1 && [ -x "$(command -v "$what")" ] || missing "run $what" ;;
    readable) [ -r "$what" ] || missing "read $what" ;;
    own) cd "$what" 2>/dev/null && can_write "$what" || missing "work in $what" ;;
  esac
done
echo done
`;

/** The words the script is started with, after the account's ids. */
export const proofArguments = (demands: Demands): readonly string[] =>
  (
    [
      ['process', demands.processes.map(String)],
      ['hidden', demands.hidden],
      ['unwritable', demands.unwritable],
      ['program', demands.programs],
      ['readable', demands.readable],
      ['own', demands.own],
    ] as const
  ).flatMap(([kind, list]) => list.flatMap((one) => [kind, one]));

export type Proof =
  | { readonly kind: 'proven' }
  /** Each a verb and what it was done to: `read /home/me/.tmp`. */
  | { readonly kind: 'open'; readonly possible: readonly string[] }
  | { readonly kind: 'unusable'; readonly missing: readonly string[] };

/** A script that did not come to its end has proven nothing. */
export const readProof = ({
  code,
  stdout,
  stderr,
}: {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): Proof => {
  const lines = stdout.split('\n');
  const told = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const possible = told('possible');
  if (possible.length > 0) return { kind: 'open', possible };
  const missing = told('missing');
  if (missing.length > 0) return { kind: 'unusable', missing };
  return code === 0 && lines.includes('done')
    ? { kind: 'proven' }
    : { kind: 'unusable', missing: [`run a shell (${stderr.trim().slice(0, 200) || `exit ${code}`})`] };
};
