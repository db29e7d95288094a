import { type BinaryHunk, decodeLine, resultSize } from './binary-hunk.ts';
import { ABSENT, type PatchChange, type Refusal } from './change.ts';
import { shapeRefusals } from './change-shape.ts';
import { readHeaderPath, unquoteName } from './patch-path.ts';

/** Bytes of a patch, changed files, and bytes of a file a binary hunk makes (GitHub's limit for one object). */
export const PATCH_LIMITS = { bytes: 32 * 1024 * 1024, files: 10_000, fileBytes: 100 * 1024 * 1024 } as const;

export type ParsedPatch =
  | { readonly ok: true; readonly changes: readonly PatchChange[] }
  /** `changes` is what could be read, so that a caller can go on to name other refusals; empty when nothing could. */
  | { readonly ok: false; readonly refusals: readonly Refusal[]; readonly changes: readonly PatchChange[] };

/**
 * Reads a patch as `git diff --binary --full-index --no-renames` writes it (git-diff(1), "Generating patch text with
 * -p") and nothing else: every byte belongs to a header, a hunk whose lines are counted, or a binary hunk. git apply
 * skips what it does not know and looks for the next header; a byte skipped there and read here, or the other way
 * round, would be a change nobody checked, so whatever does not fit is refused.
 */
export const parsePatch = (patch: Uint8Array): ParsedPatch => {
  const none = (code: 'patch-unparsable' | 'patch-too-large', detail: string, path = ''): ParsedPatch => ({
    ok: false,
    refusals: [{ code, path, detail }],
    changes: [],
  });
  if (patch.length > PATCH_LIMITS.bytes)
    return none('patch-too-large', `${patch.length} bytes, more than ${PATCH_LIMITS.bytes}`);
  const reader = new LineReader(patch);
  const changes: PatchChange[] = [];
  const seen = new Map<string, PatchChange>();
  while (!reader.atEnd()) {
    if (changes.length >= PATCH_LIMITS.files)
      return none('patch-too-large', `more than ${PATCH_LIMITS.files} changed files`);
    const start = reader.lineNumber;
    const change = readFile(reader);
    if (typeof change === 'string') return none('patch-unparsable', `line ${reader.lineNumber}: ${change}`);
    if ('tooLarge' in change)
      return none(
        'patch-too-large',
        `a binary change makes more than ${PATCH_LIMITS.fileBytes} bytes, or lies about it`,
        change.tooLarge,
      );
    const before = seen.get(change.path);
    // git names a path twice only when it becomes a link or stops being one; the shape rules refuse that by name.
    const isTypeChange =
      before?.kind === 'deleted' && change.kind === 'added' && before.oldMode !== change.newMode;
    if (before !== undefined && !isTypeChange)
      return none('patch-unparsable', `line ${start}: named twice`, change.path);
    seen.set(change.path, change);
    changes.push(change);
  }
  const refusals = shapeRefusals(changes);
  const repeated = changes.length !== seen.size;
  if (repeated && refusals.length === 0) return none('patch-unparsable', 'a path is named twice');
  return refusals.length === 0 ? { ok: true, changes } : { ok: false, refusals, changes };
};

/** Lines of bytes, each ended by a line feed. */
class LineReader {
  readonly #bytes: Buffer;
  #next = 0;
  lineNumber = 1;
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  atEnd(): boolean {
    return this.#next >= this.#bytes.length;
  }
  /** The line here, or null at the end and where the last line is cut off. */
  peek(): Buffer | null {
    const end = this.#bytes.indexOf(10, this.#next);
    return end < 0 ? null : this.#bytes.subarray(this.#next, end);
  }
  skip(line: Buffer): void {
    this.#next += line.length + 1;
    this.lineNumber++;
  }
  /** Takes the line if it matches. Headers are read as latin1: one character a byte. */
  take(pattern: RegExp): RegExpExecArray | null {
    const line = this.peek();
    const match = line === null || line.length > MAX_HEADER ? null : pattern.exec(line.toString('latin1'));
    if (line !== null && match !== null) this.skip(line);
    return match;
  }
}
/** Twice a path of 4096 bytes, each byte as `\ooo`, and the words around them. */
const MAX_HEADER = 2 * 4 * 4096 + 200;

type Header = {
  readonly name: string;
  readonly oldMode: string | null;
  readonly newMode: string | null;
  readonly oldOid: string | null;
  readonly newOid: string | null;
};

/** One `diff --git` section, or what is wrong with it. */
const readFile = (reader: LineReader): PatchChange | string | { readonly tooLarge: string } => {
  const git = reader.take(/^diff --git (.*)$/s);
  if (git === null) return 'expected `diff --git`';
  const name = readHeaderPath(git[1] ?? '');
  if (name === null) return 'the two names of `diff --git` are not one path as git writes it';
  const header = readHeader(reader, name);
  if (typeof header === 'string') return header;
  const path = unquoteName(name);
  if (path === null) return 'the path is not UTF-8, or not quoted as git quotes it';
  const { oldMode, newMode, oldOid, newOid } = header;
  if (oldMode === null || newMode === null) return 'no mode is given';
  const kind = oldMode === ABSENT ? 'added' : newMode === ABSENT ? 'deleted' : 'modified';
  const change: PatchChange = { path, oldMode, newMode, kind, oldOid, newOid };
  if (oldOid === null) return change;
  if (oldOid === newOid) return 'the content does not change';
  if (reader.take(/^GIT binary patch$/)) {
    const problem = readBinary(reader);
    return problem === 'too-large' ? { tooLarge: path } : (problem ?? change);
  }
  const problem = readText(reader, name, kind);
  return problem ?? change;
};

const OID = '([0-9a-f]{40}|[0-9a-f]{64})';
const INDEX = new RegExp(`^index ${OID}\\.\\.${OID}(?: (\\d{6}))?$`);

const readHeader = (reader: LineReader, name: string): Header | string => {
  const added = reader.take(/^new file mode (\d{6})$/);
  const deleted = added ? null : reader.take(/^deleted file mode (\d{6})$/);
  const oldMode = added || deleted ? null : reader.take(/^old mode (\d{6})$/);
  const newMode = oldMode && reader.take(/^new mode (\d{6})$/);
  if (oldMode && (!newMode || newMode[1] === oldMode[1])) return '`old mode` without another `new mode`';
  if (reader.take(/^(rename|copy) (from|to) |^(dis)?similarity index /))
    return 'renames and copies are not accepted';
  const index = reader.take(INDEX);
  const modes = {
    oldMode: added ? ABSENT : (deleted?.[1] ?? oldMode?.[1] ?? index?.[3] ?? null),
    newMode: deleted ? ABSENT : (added?.[1] ?? newMode?.[1] ?? index?.[3] ?? null),
  };
  if (index === null)
    return oldMode
      ? { name, ...modes, oldOid: null, newOid: null }
      : 'expected an `index` line with full object ids';
  if (index[3] !== undefined && (added || deleted || oldMode)) return 'the mode is given twice';
  const [, oldOid = '', newOid = ''] = index;
  if (
    isZero(oldOid) !== (added !== null) ||
    isZero(newOid) !== (deleted !== null) ||
    oldOid.length !== newOid.length
  )
    return 'the object ids do not fit the kind of change';
  return { name, ...modes, oldOid, newOid };
};

const isZero = (oid: string): boolean => /^0+$/.test(oid);

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: .*)?$/s;

/** `---`, `+++` and hunks. An empty file that comes or goes has none of them. */
const readText = (reader: LineReader, name: string, kind: PatchChange['kind']): string | null => {
  const from = reader.take(/^--- (.*)$/s);
  if (from === null) return kind === 'modified' ? 'a change without content' : null;
  const to = reader.take(/^\+\+\+ (.*)$/s);
  const names = [
    kind === 'added' ? '/dev/null' : withPrefix('a/', name),
    kind === 'deleted' ? '/dev/null' : withPrefix('b/', name),
  ];
  // git ends a name that has a space with a tab.
  const plain = [from, to].map((match) => match?.[1]?.replace(/(?<= .*)\t$/s, ''));
  if (plain[0] !== names[0] || plain[1] !== names[1])
    return '`---` and `+++` name something else than `diff --git`';
  let hunks = 0;
  for (;;) {
    const hunk = reader.take(HUNK);
    if (hunk === null) return hunks === 0 ? 'expected a hunk' : null;
    hunks++;
    const problem = readHunk(reader, Number(hunk[2] ?? 1), Number(hunk[4] ?? 1));
    if (problem !== null) return problem;
  }
};

const readHunk = (reader: LineReader, oldLines: number, newLines: number): string | null => {
  let [before, after] = [oldLines, newLines];
  if (before + after === 0) return 'an empty hunk';
  while (before > 0 || after > 0) {
    const line = reader.peek();
    if (line === null) return 'the hunk is cut off';
    const mark = line[0];
    if (mark === SPACE || mark === MINUS) before--;
    if (mark === SPACE || mark === PLUS) after--;
    if ((mark !== SPACE && mark !== MINUS && mark !== PLUS && mark !== BACKSLASH) || before < 0 || after < 0)
      return 'the hunk has other lines than its header counts';
    if (mark === BACKSLASH && !isNoNewline(line)) return 'an unknown remark in a hunk';
    reader.skip(line);
  }
  const line = reader.peek();
  if (line !== null && line[0] === BACKSLASH) {
    if (!isNoNewline(line)) return 'an unknown remark in a hunk';
    reader.skip(line);
  }
  return null;
};
const [SPACE, MINUS, PLUS, BACKSLASH] = [32, 45, 43, 92];
const isNoNewline = (line: Buffer): boolean => line.toString('latin1') === '\\ No newline at end of file';

/** A forward and a reverse hunk, as git writes both. */
const readBinary = (reader: LineReader): string | null => {
  for (const direction of ['forward', 'reverse']) {
    const head = reader.take(/^(literal|delta) (\d{1,12})$/);
    if (head === null) return `expected the ${direction} binary hunk`;
    const parts: Uint8Array[] = [];
    for (let line = reader.peek(); line !== null && line.length > 0; line = reader.peek()) {
      const bytes = decodeLine(line);
      if (bytes === null) return 'a line of a binary hunk is not base85';
      parts.push(bytes);
      reader.skip(line);
    }
    if (reader.take(/^$/) === null) return 'the binary hunk is cut off';
    const method: BinaryHunk['method'] = head[1] === 'delta' ? 'delta' : 'literal';
    const hunk = { method, declared: Number(head[2]), deflated: Buffer.concat(parts) };
    if (resultSize(hunk, PATCH_LIMITS.fileBytes) === null) return 'too-large';
  }
  return null;
};

const withPrefix = (prefix: 'a/' | 'b/', name: string): string =>
  name.startsWith('"') ? `"${prefix}${name.slice(1)}` : `${prefix}${name}`;
