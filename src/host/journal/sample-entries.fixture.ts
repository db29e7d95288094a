/** For tests: entries of every family and author, as a recorder would stamp them. */
import type { Author, InstanceId, NewEntry } from '../../journal/index.ts';

export const INSTANCE: InstanceId = 'main/wave-3/local';

const OPERATOR: Author = { kind: 'operator' };

export const note = (
  id: string,
  {
    instance = INSTANCE,
    by = OPERATOR,
    detail = '',
  }: { instance?: InstanceId; by?: Author; detail?: string } = {},
): NewEntry => ({
  id,
  at: '2026-11-22T10:00:00Z',
  by,
  instance,
  family: 'coordination',
  body: { type: 'post', kind: 'claim', summary: `what ${id} says`, ...(detail === '' ? {} : { detail }) },
});

export const fact = (id: string, instance: InstanceId = INSTANCE): NewEntry => ({
  id,
  at: '2026-11-22T10:00:00Z',
  by: { kind: 'orchestrator', run: 'r1', job: 'close' },
  instance,
  family: 'control',
  body: { type: 'attempt.ended', attempt: 1, outcome: 'closed', code: 'ok' },
});

export const quarantineFact = (id: string, file: string, line: number, sha256: string): NewEntry => ({
  ...fact(id),
  body: { type: 'line.quarantined', file, line, sha256, code: 'foreign-line', claims: 'attempt.ended' },
});
