/** Token scopes: what a workflow declares under `permissions:` and what a request needs. */
import { parse } from 'yaml';

export type Level = 'read' | 'write';
export type Scope =
  | 'actions'
  | 'attestations'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'discussions'
  | 'id-token'
  | 'issues'
  | 'models'
  | 'packages'
  | 'pages'
  | 'pull-requests'
  | 'security-events'
  | 'statuses';
/** A scope that is not named is none. */
export type Permissions = Readonly<Partial<Record<Scope, Level>>>;

/** One way to satisfy a route; a route has a list of which any is enough, and an empty list for `metadata: read`. */
export type Need = readonly [Scope, Level];

const SCOPES: readonly Scope[] = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'security-events',
  'statuses',
];

const isScope = (value: string): value is Scope => SCOPES.some((scope) => scope === value);

/** Whether `permissions` satisfy any of `needs` (write includes read). */
export function allows(permissions: Permissions, needs: readonly Need[]): boolean {
  if (needs.length === 0) return true;
  return needs.some(([scope, level]) => {
    const has = permissions[scope];
    return has === 'write' || (has === 'read' && level === 'read');
  });
}

/**
 * The value of a `permissions:` key as scopes. `undefined` is the restricted default of a repository
 * (`contents: read`); naming any key sets the rest to none (workflow syntax, `permissions`).
 */
export function readPermissions(value: unknown): Permissions {
  if (value === undefined || value === null) return { contents: 'read' };
  if (value === 'read-all' || value === 'write-all') {
    const level: Level = value === 'read-all' ? 'read' : 'write';
    return Object.fromEntries(SCOPES.map((scope) => [scope, level]));
  }
  if (typeof value !== 'object') throw new Error(`permissions: ${JSON.stringify(value)} is no mapping`);
  const found: Partial<Record<Scope, Level>> = {};
  for (const [scope, level] of Object.entries(value)) {
    if (!isScope(scope)) throw new Error(`permissions: there is no scope called ${scope}`);
    if (level === 'read' || level === 'write') found[scope] = level;
    else if (level !== 'none') throw new Error(`permissions: ${scope}: ${String(level)} is no level`);
  }
  return found;
}

/** The scopes each job of a workflow text declares, by job key; a job without any has the workflow's. */
export function jobPermissions(workflow: string): Readonly<Record<string, Permissions>> {
  const document = parse(workflow) as {
    permissions?: unknown;
    jobs?: Record<string, { permissions?: unknown }>;
  };
  return Object.fromEntries(
    Object.entries(document.jobs ?? {}).map(([key, job]) => [
      key,
      readPermissions(job.permissions === undefined ? document.permissions : job.permissions),
    ]),
  );
}
