import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logFolder, logName, newestLog } from './agent-log.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wave-log-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const A1 = { slug: '3-a1' };
const write = (name: string, text: string, seconds: number): string => {
  mkdirSync(logFolder(dir), { recursive: true });
  const path = join(logFolder(dir), name);
  writeFileSync(path, text);
  utimesSync(path, seconds, seconds);
  return path;
};

test('the newest log with anything in it is the one to read', () => {
  expect(newestLog(dir, A1)).toBeNull();
  const first = write(logName(A1, 1), 'boom', 100);
  expect(newestLog(dir, A1)).toBe(first);
  const second = write(logName(A1, 2), 'boom again', 200);
  write(logName(A1, 3), '', 300);
  write(logName({ slug: '3-a10' }, 1), 'of another agent', 400);
  expect(newestLog(dir, A1)).toBe(second);
});
