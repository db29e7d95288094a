import { describe, expect, test } from 'vitest';
import { agentBy, contractOf, fact, instant, oid, placed, said } from '../../test/histories/index.ts';
import type { AlarmClock } from '../host/index.ts';
import type { Entry, NewEntry } from '../journal/index.ts';
import { startFold } from '../state/index.ts';
import { keepTime } from './timekeeper.ts';

const CONTRACT = contractOf(['A1', 'A2', 'A3', 'A9', 'A0']);

/** A clock that goes when it is told to, and wakes whoever asked. */
const clockAt = (seconds: number): AlarmClock & { readonly goOn: (to: number) => Promise<void> } => {
  let now = seconds * 1000;
  const alarms = new Map<() => void, number>();
  return {
    now: () => new Date(Date.parse(instant(0)) + now),
    after: (ms, act) => {
      alarms.set(act, now + ms);
      return () => alarms.delete(act);
    },
    goOn: async (to) => {
      now = to * 1000;
      for (const [act, at] of [...alarms])
        if (at <= now) {
          alarms.delete(act);
          act();
        }
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

const journalOf = (entries: readonly Entry[]) => {
  const fold = startFold(CONTRACT, placed(entries));
  let failures = 0;
  return {
    state: fold.state,
    failNext: () => {
      failures += 1;
    },
    record: async (more: readonly NewEntry[]): Promise<void> => {
      if (failures > 0) {
        failures -= 1;
        throw new Error('the journal is held');
      }
      fold.add(more.map((one, i) => ({ ...one, seq: fold.entries().length + 1 + i })));
    },
    said: () =>
      fold
        .entries()
        .map(({ id }) => id)
        .filter((id) => /^(triage|timer)\./.test(id)),
  };
};

const start = (agent: string): Entry =>
  fact(agent, 'started', {
    type: 'agent.started',
    attempt: 1,
    agent,
    executor: 'local',
    isolation: 'none',
  });
const ATTEMPT = fact('plan', 'attempt', {
  type: 'attempt.started',
  attempt: 1,
  base: oid('b'),
  baseTree: oid('b'),
  agents: ['A1', 'A2', 'A3'],
  waveDigest: CONTRACT.digests.wave,
  policyDigest: CONTRACT.digests.policy,
});
const QUESTION = said('q', agentBy('A1'), {
  type: 'post',
  kind: 'clarification-request',
  summary: 'who rounds?',
  targets: ['A2'],
  refs: ['src/a3.ts'],
});
const HISTORY = [ATTEMPT, start('A1'), start('A2'), start('A3'), QUESTION];
const ASKED = HISTORY.length;
const ACK = 300;

describe('while a run is alive', () => {
  test('a question goes on by itself: to the next owner, then to a person, each when its time is over', async () => {
    const journal = journalOf(HISTORY);
    const clock = clockAt(ASKED);
    const time = keepTime(CONTRACT, journal, clock);
    await time.settle();
    expect(journal.said()).toEqual([]);
    await clock.goOn(ASKED + ACK - 1);
    expect(journal.said()).toEqual([]);
    await clock.goOn(ASKED + ACK);
    expect(journal.said()).toEqual(['timer.q.ack.0', 'triage.q.route.1']);
    await clock.goOn(ASKED + 2 * ACK);
    expect(journal.said().slice(2)).toEqual(['timer.triage.q.route.1.ack.0', 'triage.q.escalation']);
    await time.stop();
  });

  test('an answer in time leaves nothing to do', async () => {
    const journal = journalOf(HISTORY);
    const clock = clockAt(ASKED);
    const time = keepTime(CONTRACT, journal, clock);
    await time.settle();
    await journal.record([said('a', agentBy('A2'), { type: 'answer', record: 'q', text: 'A2 does' })]);
    time.changed();
    await clock.goOn(ASKED + 9 * ACK);
    expect(journal.said()).toEqual([]);
    await time.stop();
  });

  test('what could not be written is tried again, and said to whoever needs it written', async () => {
    const journal = journalOf(HISTORY);
    const clock = clockAt(ASKED + ACK);
    const time = keepTime(CONTRACT, journal, clock);
    journal.failNext();
    await expect(time.settle()).rejects.toThrow('the journal is held');
    journal.failNext();
    time.changed();
    await clock.goOn(ASKED + ACK);
    expect(journal.said()).toEqual([]);
    await clock.goOn(ASKED + ACK + 1);
    await clock.goOn(ASKED + ACK + 1);
    expect(journal.said()).toEqual(['timer.q.ack.0', 'triage.q.route.1']);
    await time.stop();
  });

  test('stopped, it writes nothing more', async () => {
    const journal = journalOf(HISTORY);
    const clock = clockAt(ASKED);
    const time = keepTime(CONTRACT, journal, clock);
    await time.settle();
    await time.stop();
    await clock.goOn(ASKED + 9 * ACK);
    time.changed();
    await clock.goOn(ASKED + 99 * ACK);
    expect(journal.said()).toEqual([]);
  });

  test('an instance that has not begun has no clocks', async () => {
    const journal = journalOf([]);
    const time = keepTime(CONTRACT, journal, clockAt(0));
    await time.settle();
    expect(journal.state().instance).toBeNull();
    await time.stop();
  });
});
