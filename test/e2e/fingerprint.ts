/** What lies in a folder, as one digest: for tests that say that nothing was written. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file below a folder with its bytes, its own `.git` and `.tmp` too. @param except a folder left out */
export const fingerprint = (dir: string, except?: string): string => {
  const hash = createHash('sha256');
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (except !== undefined && (path === except || path.startsWith(`${except}/`))) continue;
    const facts = lstatSync(join(dir, path));
    hash.update(`${path}\0${facts.mode}\0`);
    if (facts.isFile()) hash.update(readFileSync(join(dir, path)));
  }
  return hash.digest('hex');
};
