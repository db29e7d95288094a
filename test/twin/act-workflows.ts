/**
 * What act runs instead of the shipped workflow text: the same bytes but for `uses:` values (and `hideFromAct`). act gives every job the
 * same token, so each job's own use of the product becomes an action repository of its own (`twin/<job>@v1`) whose
 * entry puts that job's identity on first.
 */
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { jobPermissions, type Permissions, type Scope } from './scopes.ts';

/** One job of a workflow file and the action repositories made for it. */
export type JobUse = {
  /** Unique over all files of the run: names the local repository. */
  readonly key: string;
  readonly job: string;
  readonly permissions: Permissions;
  /** Whether it runs the product, a checkout. */
  readonly product: boolean;
  readonly checkout: boolean;
};

export type Rewritten = {
  readonly text: string;
  readonly jobs: readonly JobUse[];
  /** Every other remote action, as written; each must be mapped or act would go to the network. */
  readonly foreign: readonly string[];
  /** Lines commented out for act, as `<line number>: <text>`; see `hideFromAct`. */
  readonly hidden: readonly string[];
};

type Replacement = { readonly start: number; readonly end: number; readonly value: string };

/** `owner/name@ref` of a step's use of the product, with the path inside it, or `null`. */
function productPath(uses: string, product: string): string | null {
  if (uses === '$' || uses.startsWith('$/')) return uses.slice(1).replace(/\/+$/, '');
  const [repository, ref] = product.split('@');
  const found = /^([^/@]+\/[^/@]+)((?:\/[^@]+)?)@(.+)$/.exec(uses);
  return found !== null && found[1] === repository && found[3] === ref ? (found[2] ?? '') : null;
}

/**
 * Comments out `queue:` of a `concurrency:` mapping. act 0.2.89 refuses a file with a key its schema does not know and
 * has no way around the check; it ignores `concurrency` altogether, so nothing that runs changes. Every line hidden
 * this way is named in the result, for a test to hold against the list it expects.
 */
export function hideFromAct(text: string): { readonly text: string; readonly hidden: readonly string[] } {
  const document = parseDocument(text);
  const jobs = document.get('jobs');
  const owners = [document.contents, ...(isMap(jobs) ? jobs.items.map((pair) => pair.value) : [])];
  const lines = text.split('\n');
  const hidden: string[] = [];
  for (const owner of owners) {
    const concurrency = isMap(owner) ? owner.get('concurrency') : null;
    const pair = isMap(concurrency)
      ? concurrency.items.find((one) => String(one.key) === 'queue')
      : undefined;
    if (pair === undefined || !isScalar(pair.key) || pair.key.range == null) continue;
    const at = text.slice(0, pair.key.range[0]).split('\n').length - 1;
    const line = lines[at] ?? '';
    const found = /^(\s*)(queue:\s*\S+\s*)$/.exec(line);
    if (found === null)
      throw new Error(`Line ${at + 1}: act cannot read \`queue\`; give it a line of its own: ${line}`);
    lines[at] = `${found[1]}# ${found[2]}`;
    hidden.push(`${at + 1}: ${line.trim()}`);
  }
  return { text: lines.join('\n'), hidden };
}

/**
 * Points each job at its own action repository.
 *
 * @param shipped the workflow as shipped
 * @param product what users write: `owner/name@ref`; `$/` (self repository) means the same
 * @param keyOf a name for a job of this file that no other file's job has
 */
export function rewriteWorkflow(shipped: string, product: string, keyOf: (job: string) => string): Rewritten {
  const { text, hidden } = hideFromAct(shipped);
  const permissions = jobPermissions(text);
  const document = parseDocument(text);
  const replacements: Replacement[] = [];
  const jobs: JobUse[] = [];
  const foreign = new Set<string>();
  const list = document.get('jobs');
  for (const pair of isMap(list) ? list.items : []) {
    const job = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const key = keyOf(job);
    const steps = isMap(pair.value) ? pair.value.get('steps') : null;
    const used = { product: false, checkout: false };
    for (const step of isSeq(steps) ? steps.items : []) {
      const node = isMap(step) ? step.get('uses', true) : null;
      if (!isScalar(node) || typeof node.value !== 'string' || node.range == null) continue;
      const [start, end] = node.range;
      const path = productPath(node.value, product);
      if (path !== null) {
        used.product = true;
        replacements.push({ start, end, value: `twin/${key}${path}@v1` });
      } else if (/^actions\/checkout@/.test(node.value)) {
        used.checkout = true;
        replacements.push({ start, end, value: `twin/${key}--checkout@v1` });
      } else if (!node.value.startsWith('./') && !node.value.startsWith('docker://')) foreign.add(node.value);
    }
    jobs.push({ key, job, permissions: permissions[job] ?? {}, ...used });
  }
  let rewritten = text;
  for (const { start, end, value } of replacements.sort((a, b) => b.start - a.start)) {
    rewritten = rewritten.slice(0, start) + value + rewritten.slice(end);
  }
  assertOnlyUsesDiffer(text, rewritten);
  return { text: rewritten, jobs, foreign: [...foreign], hidden };
}

/** Throws unless the two texts are equal line by line but for the values of `uses:`. */
export function assertOnlyUsesDiffer(shipped: string, tested: string): void {
  const before = shipped.split('\n');
  const after = tested.split('\n');
  if (before.length !== after.length) {
    throw new Error(`The tested workflow has ${after.length} lines, the shipped one ${before.length}.`);
  }
  const stem = (line: string | undefined): string | null =>
    /^\s*(?:-\s+)?uses:(?=\s)/.exec(line ?? '')?.[0] ?? null;
  for (const [at, line] of before.entries()) {
    const other = after[at];
    if (line === other) continue;
    if (stem(line) === null || stem(line) !== stem(other)) {
      throw new Error(`Line ${at + 1} differs, and not in \`uses:\` alone:\n- ${line}\n+ ${other}`);
    }
  }
}

/**
 * Why GitHub would not start a run: a job of a called workflow asks for a scope its caller does not grant (reusable
 * workflows can only keep or lower what the calling job has). Empty when it would start.
 *
 * @param caller the calling workflow's text
 * @param reusable called workflows' texts by what `uses:` says
 */
export function startupProblems(
  caller: string,
  reusable: Readonly<Record<string, string>>,
): readonly string[] {
  const granted = jobPermissions(caller);
  const document = parseDocument(caller);
  return Object.entries(granted).flatMap(([job, permissions]) => {
    const uses = document.getIn(['jobs', job, 'uses']);
    const called = typeof uses === 'string' ? reusable[uses] : undefined;
    if (called === undefined) return [];
    return Object.entries(jobPermissions(called)).flatMap(([nested, wanted]) =>
      Object.entries(wanted).flatMap(([scope, level]) => {
        const has = permissions[scope as Scope];
        if (has === 'write' || has === level) return [];
        return [
          `${job}: the nested job '${nested}' is requesting '${scope}: ${level}', but is only allowed '${scope}: ${has ?? 'none'}'`,
        ];
      }),
    );
  });
}
