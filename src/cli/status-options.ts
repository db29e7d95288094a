/** What `wave status` and `wave control status` share before anything of a wave is loaded. */
import type { Command } from 'commander';

export const STATUS_SUMMARY =
  'Why the wave is not done, who owes what, and what happens next. Writes nothing.';

export const withStatusOptions = (one: Command): Command =>
  one.option('--agent <id>', 'only this agent, and what it asked or owes');
