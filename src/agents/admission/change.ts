/** One path a patch changes. Modes are git's: `100644`, `100755`, `120000`, `160000`, `000000` where absent. */
export type PatchChange = {
  readonly path: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly kind: 'added' | 'modified' | 'deleted';
  /** Full object ids as the patch's `index` line gives them; null when only the mode changes. */
  readonly oldOid: string | null;
  readonly newOid: string | null;
};
export const ABSENT = '000000';

export const REFUSAL_CODES = [
  'patch-unparsable',
  'patch-too-large',
  'path-traversal',
  'git-path',
  'path-not-portable',
  'case-collision',
  'symlink',
  'gitlink',
  'mode-not-allowed',
  'mode-change',
  'path-not-owned',
  'protected-path',
  'manifest-not-owned-exactly',
  'not-a-report',
  'not-markdown',
  'patch-does-not-apply',
  'patch-conflict',
  'result-differs-from-patch',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why a patch is not admitted. `path` is empty when the refusal is about the whole patch. */
export type Refusal = { readonly code: RefusalCode; readonly path: string; readonly detail: string };
