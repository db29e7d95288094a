import type { IssueComment } from './types.ts';

/** The account behind every workflow's `GITHUB_TOKEN` on github.com. */
export const ACTIONS_BOT = { id: 41_898_282, login: 'github-actions[bot]' } as const;

/**
 * Our own comment with a hidden marker: the oldest one that holds the marker and was written by `author` (account
 * id). Anybody can paste a marker, so one in a foreign comment is nothing (platform.md S20).
 */
export const findMarked = (
  comments: readonly IssueComment[],
  marker: string,
  author: number,
): IssueComment | null => {
  const ours = comments.filter((one) => one.author?.id === author && one.body.includes(marker));
  return ours.reduce<IssueComment | null>((old, one) => (old === null || one.id < old.id ? one : old), null);
};
