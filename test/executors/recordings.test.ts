import { describe, expect, it } from 'vitest';
import { MODEL_CLIS } from '../../src/agents/executors/index.ts';
import { type Recording, readRecordings } from './recordings.ts';
import { TOKENS_PER_STEP } from './scripted-model.ts';

const recordings = await readRecordings();

/** What the reader makes of the transcript, up to where it first says how a try ended or to the end. */
function read(recording: Recording, until: 'failure' | 'end') {
  const reader = MODEL_CLIS[recording.cli].reader();
  for (const line of recording.transcript) {
    reader.event(JSON.parse(line));
    if (until === 'failure' && reader.reading().failure !== null) break;
  }
  return reader.reading();
}
const usage = (steps: number) => ({
  inputTokens: steps * TOKENS_PER_STEP.input,
  outputTokens: steps * TOKENS_PER_STEP.output,
});

it('there is one of each CLI and case', () => {
  expect(recordings.map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "claude-refused-key",
      "claude-refused-then-done",
      "claude-resumed",
      "claude-tool-and-marker",
      "codex-refused-key",
      "codex-refused-then-done",
      "codex-resumed",
      "codex-tool-and-marker",
      "opencode-refused-key",
      "opencode-refused-then-done",
      "opencode-resumed",
      "opencode-tool-and-marker",
    ]
  `);
});

describe.each(recordings)('$name', ({ name, recording }) => {
  it('is read as it was', () => {
    if (name.endsWith('-refused-key'))
      expect(read(recording, 'failure')).toMatchObject({
        finalMessage: null,
        turns: 1,
        failure: { kind: 'failed' },
      });
    else if (name.endsWith('-refused-then-done'))
      expect(read(recording, 'failure')).toMatchObject({
        finalMessage: null,
        turns: 0,
        failure: { kind: 'refused-for-now' },
        usage: usage(0),
      });
    else {
      const reading = read(recording, 'end');
      // codex counts the session as a whole: the parked part had two steps as well.
      expect(reading.usage).toMatchObject(usage(name === 'codex-resumed' ? 4 : 2));
      expect(reading).toMatchObject({ failure: null, turns: 2, session: expect.stringMatching(/^[\w-]+$/) });
      if (name.endsWith('-resumed')) expect(reading.finalMessage).toBe('Now it is done.');
      else {
        expect(reading.finalMessage).toMatch(/^All done\.\n\n\[wave-gate\] /);
        expect(reading.finalMessage).not.toContain('blocked');
        expect(recording.transcript.join('\n')).toContain('architecture=blocked');
      }
    }
  });
  it('holds names and no values of anybody’s machine', () => {
    expect(recording.environment.filter((one) => !/^\w+$/.test(one))).toEqual([]);
    expect(recording.stdinSha256).toMatch(/^[0-9a-f]{64}$/);
    const text = JSON.stringify(recording);
    expect(text).not.toMatch(/loopback-key|\/root\b|\/home\/|\/tmp\/wave-|127\.0\.0\.1:(?!1\b)/);
    expect(text.length).toBeLessThan(64 * 1024);
  });
});
