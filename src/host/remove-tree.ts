/**
 * Removes a folder that foreign programs wrote into. They leave what plain removal stops at: folders nobody may write
 * (Go's module cache), paths longer than the system takes at once, files of another user (a container's).
 */
import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { randomHex } from './ports.ts';

const run = promisify(execFile);

const isGone = async (removing: Promise<unknown>): Promise<boolean> =>
  removing.then(
    () => true,
    () => false,
  );

/**
 * Afterwards the name is free. What even its owner cannot remove is put aside under another name beside it: litter must
 * not keep a wave from running.
 */
export const removeTree = async (dir: string): Promise<void> => {
  if (await isGone(rm(dir, { recursive: true, force: true }))) return;
  // Both walk from folder to folder, so that no path is too long, and neither follows a link it meets.
  await run('/bin/chmod', ['-R', 'u+rwX', dir]).catch(() => undefined);
  if (await isGone(run('/bin/rm', ['-rf', dir]))) return;
  await rename(dir, `${dir}.left-${randomHex(4)}`);
};
