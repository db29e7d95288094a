import { isAbsolute } from 'node:path';
import { complaint, type GitExit } from './process.ts';
import { call, isOid, type Repository } from './repository.ts';
import { type Failure, failure, type GitFailureCode, type Result, success } from './result.ts';

/** A whole HTTP header line, for example `Authorization: basic …`. Never stored, never in argv. */
export type RemoteAuth = { readonly header: string };
export type FetchOptions = {
  readonly auth?: RemoteAuth;
  readonly depth?: number;
  /** Malformed trees (double names, `.git`, bad modes) are refused as they arrive. */
  readonly strict?: boolean;
  readonly timeoutMs?: number;
};

export type FetchFailure = GitFailureCode | 'bad-url' | 'ref-not-found' | 'forbidden' | 'unreachable';

/** What a plain push came to (platform.md §2.3, "classify"). */
export type PushOutcome =
  | { readonly kind: 'ok'; readonly updated: boolean }
  /** Somebody else moved the ref: fetch, rebuild, try again. */
  | { readonly kind: 'lost-race'; readonly detail: string }
  /** A ruleset, a branch protection or a hook: no retry helps. */
  | { readonly kind: 'rejected-by-rule'; readonly detail: string }
  /** 401, 403, 404 or a token without the right: no retry helps. */
  | { readonly kind: 'forbidden'; readonly detail: string }
  /** The reply was lost or made no sense: look whether the ref has the commit before trying again. */
  | { readonly kind: 'ambiguous'; readonly detail: string };

type Target = { readonly protocol: 'https' | 'http' | 'file'; readonly url: string };

const target = (text: string, auth: RemoteAuth | undefined): Target | null => {
  if (isAbsolute(text)) return { protocol: 'file', url: text };
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol === 'https:') return { protocol: 'https', url: text };
  // A credential goes unencrypted to this machine only.
  // (RFC 6761 §6.3: every name below `localhost` is this machine.)
  const local =
    ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost');
  return url.protocol === 'http:' && (local || auth === undefined) ? { protocol: 'http', url: text } : null;
};

const remoteEnvironment = (
  repository: Repository,
  { protocol, url }: Target,
  auth: RemoteAuth | undefined,
) => ({
  ...repository.networkEnv,
  GIT_ALLOW_PROTOCOL: protocol,
  ...(auth === undefined
    ? {}
    : {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
        GIT_CONFIG_VALUE_0: auth.header,
      }),
});

const BAD_URL = failure(
  'bad-url',
  'a remote is an absolute path or an https URL without user name (http: without credential, or on this machine)',
);

/**
 * Fetches `refspecs` (`[+]<ref or object id>[:<ref>]`) into our repository: no tags, no submodules, no
 * FETCH_HEAD. `depth` keeps history out; 1 is enough to build on a commit.
 */
export const fetchFrom = async (
  repository: Repository,
  url: string,
  refspecs: readonly string[],
  { auth, depth, strict = false, timeoutMs }: FetchOptions = {},
): Promise<Result<null, FetchFailure>> => {
  const remote = target(url, auth);
  if (remote === null) return BAD_URL;
  const odd = refspecs.find((spec) => !/^\+?[\w./@{}^-]+(:[\w./-]+)?$/.test(spec) || spec.startsWith('-'));
  if (odd !== undefined) return failure('bad-argument', `not a refspec: ${odd.slice(0, 200)}`);
  const fetched = await call(
    repository,
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      ...(depth === undefined ? ['--update-shallow'] : [`--depth=${depth}`]),
      remote.url,
      ...refspecs,
    ],
    {
      set: ['protocol.file.allow=always', ...(strict ? ['fetch.fsckObjects=true'] : [])],
      env: remoteEnvironment(repository, remote, auth),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  );
  if (!fetched.ok) return fetched;
  return fetched.exit === 0 ? success(null) : fetchFailure(fetched, auth);
};

const fetchFailure = (exit: GitExit, auth: RemoteAuth | undefined): Failure<FetchFailure> => {
  const message = withoutSecret(complaint(exit), auth);
  if (/couldn't find remote ref|not our ref|no such remote ref/i.test(exit.stderr))
    return failure('ref-not-found', message);
  if (isForbidden(exit.stderr)) return failure('forbidden', message);
  return failure(isTransportTrouble(exit.stderr) ? 'unreachable' : 'git-failed', message);
};

/** What a ref (`refs/…`) of a remote names, null when it has none; nothing is fetched. */
export const refAt = async (
  repository: Repository,
  url: string,
  ref: string,
  { auth, timeoutMs }: Pick<FetchOptions, 'auth' | 'timeoutMs'> = {},
): Promise<Result<string | null, FetchFailure>> => {
  const remote = target(url, auth);
  if (remote === null) return BAD_URL;
  if (!/^refs\/[\w./-]+$/.test(ref)) return failure('bad-argument', `not a ref: ${ref.slice(0, 200)}`);
  const listed = await call(repository, ['ls-remote', '--quiet', '--refs', remote.url, ref], {
    set: ['protocol.file.allow=always'],
    env: remoteEnvironment(repository, remote, auth),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (!listed.ok) return listed;
  if (listed.exit !== 0) return fetchFailure(listed, auth);
  // The argument is a pattern that also matches refs that end in it.
  const found = listed.stdout
    .toString('utf8')
    .split('\n')
    .map((text) => text.split('\t'))
    .find(([, name]) => name === ref);
  return success(found?.[0] ?? null);
};

export type PushFailure = GitFailureCode | 'bad-url';

/**
 * A plain push of one commit to one ref (`refs/…`): the server's compare-and-swap. Never a force, never a lease,
 * which a background fetch satisfies (platform.md §2.3).
 */
export const push = async (
  repository: Repository,
  url: string,
  commit: string,
  ref: string,
  { auth, timeoutMs }: Omit<FetchOptions, 'depth'> = {},
): Promise<Result<PushOutcome, PushFailure>> => {
  const remote = target(url, auth);
  if (remote === null) return BAD_URL;
  if (!isOid(commit) || !/^refs\/[\w./-]+$/.test(ref))
    return failure('bad-argument', `cannot push ${commit} to ${ref}`);
  const pushed = await call(
    repository,
    [
      'push',
      '--porcelain',
      '--no-verify',
      '--recurse-submodules=no',
      '--no-signed',
      remote.url,
      `${commit}:${ref}`,
    ],
    {
      set: ['protocol.file.allow=always', 'push.followTags=false'],
      env: remoteEnvironment(repository, remote, auth),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  );
  if (!pushed.ok)
    return pushed.code === 'timed-out' ? success({ kind: 'ambiguous', detail: pushed.message }) : pushed;
  const outcome = classifyPush(pushed);
  return success('detail' in outcome ? { ...outcome, detail: withoutSecret(outcome.detail, auth) } : outcome);
};

/**
 * Reads `git push --porcelain` (git-push(1), "OUTPUT": `<flag> TAB <from>:<to> TAB <summary> (<reason>)`).
 * What fits nothing is `ambiguous`, which makes the caller look at the ref.
 */
export const classifyPush = ({
  exit,
  stdout,
  stderr,
}: Pick<GitExit, 'exit' | 'stdout' | 'stderr'>): PushOutcome => {
  const status = stdout
    .toString('utf8')
    .split('\n')
    .map((text) => /^([ +*=!-])\t[^\t]+\t(.*)$/.exec(text))
    .find((match) => match !== null);
  if (exit === 0 && status) return { kind: 'ok', updated: status[1] !== '=' };
  const summary = status?.[2] ?? '';
  // What the server's hooks and rules say arrives on stderr, as `remote: …`.
  const said = `${summary}\n${stderr}`;
  const detail = (summary === '' ? said : [summary, ...remoteLines(stderr)].join(' | '))
    .trim()
    .slice(0, 1000);
  if (
    /\bGH0(06|13)\b|hook declined|protected branch|repository rule|without `?workflows?`? (scope|permission)/i.test(
      said,
    )
  )
    return { kind: 'rejected-by-rule', detail };
  if (
    /fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref|reference already exists/i.test(
      said,
    )
  )
    return { kind: 'lost-race', detail };
  if (isForbidden(said)) return { kind: 'forbidden', detail };
  // Any other verdict of the server on the ref is a rule we do not know: trying again changes nothing.
  if (status?.[1] === '!' && /^\[remote rejected\]/.test(summary) && !isTransportTrouble(said))
    return { kind: 'rejected-by-rule', detail };
  return { kind: 'ambiguous', detail: detail === '' ? `exit code ${exit} without a word` : detail };
};

const remoteLines = (stderr: string): string[] =>
  stderr
    .split('\n')
    .filter((text) => /^remote: \S/.test(text))
    .map((text) => text.slice('remote: '.length).trim())
    .slice(0, 5);

const isForbidden = (text: string): boolean =>
  /\b40[134]\b|permission (to .* )?denied|authentication failed|could not read (username|password)|repository .*not found|does not appear to be a git repository|terminal prompts disabled|write access .* not granted/i.test(
    text,
  );

const isTransportTrouble = (text: string): boolean =>
  /timed? ?out|\b5\d\d\b|rpc failed|early eof|unexpected disconnect|connection (was )?(reset|refused|closed)|could not resolve|failed to connect|hung up|empty reply|unpacker error|tls|ssl/i.test(
    text,
  );

const withoutSecret = (text: string, auth: RemoteAuth | undefined): string => {
  if (auth === undefined) return text;
  const secret = auth.header.split(/\s+/).at(-1) ?? auth.header;
  return secret === '' ? text : text.replaceAll(secret, '***');
};
