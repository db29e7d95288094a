import type { AgentId, Contract } from '../../contract/index.ts';
import type { RawChange, Scratch } from '../../host/git/index.ts';
import { ABSENT, type PatchChange, type Refusal } from './change.ts';
import { caseCollisions } from './change-shape.ts';
import { parsePatch } from './parse-patch.ts';
import { type AdmissionContext, admissionRefusals } from './rules.ts';

export type AdmissionScratch = Pick<Scratch, 'applyPatch' | 'applyChanges' | 'diffRaw' | 'listTree'>;

export type ExamineRequest = {
  readonly scratch: AdmissionScratch;
  readonly contract: Contract;
  readonly agent: AgentId;
  /** The tree the patch was cut from. */
  readonly baseTree: string;
  readonly patch: Uint8Array;
};

type Refused = { readonly ok: false; readonly refusals: readonly Refusal[] };

/** A patch that may be applied, and what it does to its own base. */
export type Examined = {
  readonly ok: true;
  readonly request: ExamineRequest;
  readonly context: AdmissionContext;
  readonly changes: readonly PatchChange[];
  readonly did: readonly RawChange[];
};

export type Admission =
  | {
      readonly ok: true;
      readonly tree: string;
      /** Sorted. */
      readonly paths: readonly string[];
    }
  | Refused;

/**
 * Decides about one agent's patch (design §6, "Admission"; platform.md S21-S23): nothing is applied before every rule
 * has been asked of the patch; then it must fit its base exactly, to the object ids. All refusals of a step come at
 * once. Patches are examined in any order, side by side; {@link place} then puts one onto a tree. Throws when the
 * repository itself fails.
 */
export const examine = async (request: ExamineRequest): Promise<Examined | Refused> => {
  const { scratch, contract, baseTree, patch } = request;
  const agent = contract.agents.find(({ id }) => id === request.agent);
  if (agent === undefined) return refused('path-not-owned', `${request.agent} is no agent of this wave`);
  const context = { agent, contract };

  const parsed = parsePatch(patch);
  if (!parsed.ok && parsed.changes.length === 0) return { ok: false, refusals: parsed.refusals };
  const { changes } = parsed;
  const wrong = admissionRefusals(changes, context);
  if (wrong.length > 0 || !parsed.ok)
    return { ok: false, refusals: wrong.length > 0 ? wrong : parsed.ok ? [] : parsed.refusals };

  const alone = await scratch.applyPatch(baseTree, patch);
  if (!alone.ok) {
    if (alone.code === 'patch-does-not-apply') return refused(alone.code, alone.message);
    throw new Error(`admit: ${alone.message}`);
  }
  const did = value(await scratch.diffRaw(baseTree, alone.value));
  const meant = comparePlan(changes, did);
  if (meant !== null) return refused('patch-does-not-apply', meant);
  return { ok: true, request, context, changes, did };
};

/**
 * Puts an examined patch onto the tree so far. The tree that comes out is compared with `onto` and asked the same rules
 * again, so that a patch git reads otherwise than we do is caught.
 */
export const place = async (examined: Examined, onto: string): Promise<Admission> => {
  const { request, context, changes, did } = examined;
  const { scratch, patch } = request;
  const untouched = value(await scratch.applyChanges(onto, did));
  const applied =
    untouched === null ? await scratch.applyPatch(onto, patch) : { ok: true as const, value: untouched };
  if (!applied.ok) {
    if (applied.code === 'patch-does-not-apply') return refused('patch-conflict', applied.message);
    throw new Error(`admit: ${applied.message}`);
  }
  const tree = applied.value;
  const result = value(await scratch.diffRaw(onto, tree));
  const again = await resultRefusals(scratch, changes, result, onto, context);
  if (again.length > 0) return { ok: false, refusals: again };
  return { ok: true, tree, paths: result.map(({ path }) => path).sort() };
};

const resultRefusals = async (
  scratch: AdmissionScratch,
  changes: readonly PatchChange[],
  result: readonly RawChange[],
  onto: string,
  context: AdmissionContext,
): Promise<Refusal[]> => {
  const refusals = admissionRefusals(result.map(fromRaw), context);
  const announced = new Set(changes.map(({ path }) => path));
  for (const { path } of result)
    if (!announced.delete(path))
      refusals.push({
        code: 'result-differs-from-patch',
        path,
        detail: 'applying the patch changed a path it does not name',
      });
  for (const path of announced)
    refusals.push({ code: 'patch-conflict', path, detail: 'the tree so far already has this change' });
  const added = result.filter(({ status }) => status === 'A').map(({ path }) => path);
  if (added.length > 0) {
    const gone = new Set(result.filter(({ status }) => status === 'D').map(({ path }) => path));
    const present = [...value(await scratch.listTree(onto)).keys()].filter((path) => !gone.has(path));
    refusals.push(
      ...caseCollisions(added, present).filter(
        ({ path }) => !refusals.some((known) => known.path === path && known.code === 'case-collision'),
      ),
    );
  }
  return refusals;
};

/** What differs between what the patch says and what it did to its own base, or null. */
const comparePlan = (changes: readonly PatchChange[], did: readonly RawChange[]): string | null => {
  const byPath = new Map(did.map((change) => [change.path, change]));
  for (const change of changes) {
    const found = byPath.get(change.path);
    byPath.delete(change.path);
    if (found === undefined) return `${change.path}: the patch changes nothing in its base`;
    if (found.oldMode !== change.oldMode || found.newMode !== change.newMode)
      return `${change.path}: modes ${found.oldMode} to ${found.newMode}, the patch says ${change.oldMode} to ${change.newMode}`;
    if (change.oldOid !== null && (found.oldOid !== change.oldOid || found.newOid !== change.newOid))
      return `${change.path}: the patch was cut from other content, or makes other content than it says`;
  }
  const [extra] = byPath.keys();
  return extra === undefined ? null : `${extra}: changed, but not named by the patch`;
};

const fromRaw = ({ path, oldMode, newMode, oldOid, newOid }: RawChange): PatchChange => ({
  path,
  oldMode,
  newMode,
  kind: oldMode === ABSENT ? 'added' : newMode === ABSENT ? 'deleted' : 'modified',
  oldOid,
  newOid,
});

const refused = (code: Refusal['code'], detail: string): Refused => ({
  ok: false,
  refusals: [{ code, path: '', detail }],
});

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const value = <T>(answer: Answer<T>): T => {
  if (answer.ok) return answer.value;
  throw new Error(`admit: ${answer.message}`);
};
