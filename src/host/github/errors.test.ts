import { describe, expect, test } from 'vitest';
import { classifyFailure, type FailedAnswer, type Operation } from './errors.ts';
import { DEFAULT_RETRY, waitBeforeRetry } from './retry.ts';
import { withoutSecrets } from './secret-text.ts';

const NOW = Date.UTC(2026, 0, 1);
const TOKEN = `ghs_${'Ab1'.repeat(12)}`;
const post: Operation = { what: 'open the check wave/cont-qa', scope: 'checks: write', repeatable: false };
const get: Operation = { what: 'read pull request 7', scope: null, repeatable: true };
const answer = (status: number | null, message: string, headers: object = {}): FailedAnswer => ({
  status,
  message,
  headers: { ...headers },
});
const classify = (failed: FailedAnswer, operation: Operation = post) =>
  classifyFailure(failed, operation, NOW, [TOKEN]);
const integration = 'Resource not accessible by integration';

test('every failure by name, and what people read', () => {
  const accepted = { 'x-accepted-github-permissions': 'pull_requests=read; contents=read' };
  const failures = [
    classify(answer(403, integration)),
    classify(answer(403, integration, accepted), get),
    classify(answer(401, 'Bad credentials')),
    classify(answer(404, 'Not Found'), get),
    classify(answer(410, 'Gone'), get),
    classify(
      answer(403, 'API rate limit exceeded', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1767229200',
      }),
    ),
    classify(answer(429, 'API rate limit exceeded')),
    classify(answer(403, 'You have exceeded a secondary rate limit.')),
    classify(
      answer(403, 'You have exceeded a secondary rate limit.', {
        'retry-after': '30',
        'x-ratelimit-remaining': '0',
      }),
    ),
    classify(answer(429, 'Too many requests')),
    classify({
      ...answer(422, 'Validation Failed'),
      details: [{ field: 'body', code: 'custom', message: 'body is too long' }, 'x'],
    }),
    classify(
      answer(403, 'Invalid app_id `1` - check run can only be modified by the GitHub App that created it.'),
    ),
    classify(answer(451, 'Repository access blocked')),
    classify(answer(502, '<html>'), get),
    classify(answer(502, '<html>')),
    classify(answer(null, 'connect ECONNREFUSED')),
  ];
  const lines = failures.map(
    ({ message, status, ...rest }) => `${status} ${JSON.stringify(rest)}\n  ${message}`,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "403 {"kind":"missing-scope","scope":"checks","permissions":"checks: write"}
      could not open the check wave/cont-qa: the token may not; add "checks: write" under "permissions:" of this job and of the job that calls it
    403 {"kind":"missing-scope","scope":"pull-requests","permissions":"pull-requests: read"}
      could not read pull request 7: the token may not; add "pull-requests: read" under "permissions:" of this job and of the job that calls it
    401 {"kind":"bad-credentials"}
      could not open the check wave/cont-qa: GitHub does not know the token (Bad credentials)
    404 {"kind":"not-found"}
      could not read pull request 7: not found, or the token may not see it
    410 {"kind":"not-found"}
      could not read pull request 7: not found, or the token may not see it
    403 {"kind":"rate-limited","resetAt":"2026-01-01T01:00:00.000Z"}
      could not open the check wave/cont-qa: the token's hourly requests are used up until 2026-01-01T01:00:00.000Z
    429 {"kind":"rate-limited","resetAt":"2026-01-01T00:01:00.000Z"}
      could not open the check wave/cont-qa: the token's hourly requests are used up until 2026-01-01T00:01:00.000Z
    403 {"kind":"secondary-limit","retryAfterMs":60000}
      could not open the check wave/cont-qa: GitHub asks to slow down and try again in 60 s
    403 {"kind":"secondary-limit","retryAfterMs":30000}
      could not open the check wave/cont-qa: GitHub asks to slow down and try again in 30 s
    429 {"kind":"secondary-limit","retryAfterMs":60000}
      could not open the check wave/cont-qa: GitHub asks to slow down and try again in 60 s
    422 {"kind":"validation"}
      could not open the check wave/cont-qa: Validation Failed: body custom body is too long; x
    403 {"kind":"refused"}
      could not open the check wave/cont-qa: Invalid app_id \`1\` - check run can only be modified by the GitHub App that created it.
    451 {"kind":"refused"}
      could not open the check wave/cont-qa: GitHub answered 451 (Repository access blocked)
    502 {"kind":"server","ambiguous":false}
      could not read pull request 7: GitHub answered 502 (<html>)
    502 {"kind":"server","ambiguous":true}
      could not open the check wave/cont-qa: GitHub answered 502 (<html>)
    null {"kind":"network","ambiguous":true}
      could not open the check wave/cont-qa: no answer from GitHub (connect ECONNREFUSED)"
  `);
});

test('a missing scope is one even on the last request of the hour', () => {
  const failed = answer(403, integration, {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1767229200',
  });
  expect(classify(failed).kind).toBe('missing-scope');
});

test('a message has no token, no second line, and an end', () => {
  const hostile = `no\n::error::${TOKEN} ${'x'.repeat(2_000)}`;
  const { message } = classify({ ...answer(422, hostile), details: [`Bearer ${TOKEN}`] });
  expect(message).toMatch(/^could not open the check wave\/cont-qa: no ::error::\*\*\* x+$/);
  expect(message.length).toBeLessThan(500);
});

describe('another try', () => {
  const pauseAfter = (failed: FailedAnswer, operation: Operation, tried = 1, waited = 0): number | null =>
    waitBeforeRetry(classify(failed, operation), tried, waited, DEFAULT_RETRY, NOW, 0.5);
  const secondary = answer(403, 'secondary rate limit', { 'retry-after': '30' });
  const used = (inSeconds: number) =>
    answer(403, 'API rate limit exceeded', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(NOW / 1_000 + inSeconds),
    });
  test.each([
    ['5xx on a read', pauseAfter(answer(503, ''), get), 750],
    ['5xx on a read, third', pauseAfter(answer(503, ''), get, 3), 3_000],
    ['5xx on a read, fourth', pauseAfter(answer(503, ''), get, 4), null],
    ['5xx on a write that adds', pauseAfter(answer(503, ''), post), null],
    ['a lost answer to a write that adds', pauseAfter(answer(null, ''), post), null],
    ['asked to slow down, on any', pauseAfter(secondary, post), 30_500],
    ['asked to slow down, no time left', pauseAfter(secondary, post, 2, 100_000), null],
    ['used up until soon', pauseAfter(used(20), post), 21_500],
    ['used up until late', pauseAfter(used(3_000), post), null],
    ['no scope', pauseAfter(answer(403, integration), get), null],
    ['invalid', pauseAfter(answer(422, ''), get), null],
  ])('%s', (_, wait, expected) => expect(wait).toBe(expected));
});

test.each([
  ['the token itself', `x ${TOKEN} y`],
  ['in a URL', `https://x-access-token:${TOKEN}@github.com/acme/app`],
  ['in base64, as git sends it', Buffer.from(`x-access-token:${TOKEN}`).toString('base64')],
  ['another token', `ghp_${'z'.repeat(36)}`],
  ['a long installation token', `ghs_123_eyJ${'a'.repeat(200)}.${'b'.repeat(200)}.${'c'.repeat(100)}`],
  ['a fine-grained token', `github_pat_${'q'.repeat(60)}`],
  ['a runtime token', `eyJhbGciOiJSUzI1NiJ9.eyJzY3AiOiJBIn0.c2lnbmF0dXJl`],
  ['a header', 'Authorization: Bearer abcdefghijkl'],
  ['a signed address', 'https://blob.test/x?se=2026&sig=abc%2Bdef&sp=r'],
])('withoutSecrets cuts %s', (_, text) => {
  const safe = withoutSecrets(text, [TOKEN]);
  expect(safe).toContain('***');
  expect(safe).not.toMatch(/Ab1|zzz|aaa|bbb|ccc|qqq|c2ln|defghi|abc%2B/);
  expect(withoutSecrets(safe, [TOKEN])).toBe(safe);
});
