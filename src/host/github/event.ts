/**
 * What made a workflow run start, as a closed union (design §5; GitHub, "Events that trigger workflows" and
 * "Webhook events and payloads"). Only the events the caller workflow listens to; all else is ignored, with why.
 */
import * as z from 'zod';
import { accountSchema, oidSchema, pullRequestSchema } from './schemas.ts';
import type { Account, PullRequestFacts } from './types.ts';
import { type WaveLabel, waveLabel } from './wave-label.ts';

const PULL_REQUEST_ACTIONS = ['opened', 'synchronize', 'reopened', 'labeled', 'closed'] as const;
export type PullRequestAction = (typeof PULL_REQUEST_ACTIONS)[number];

/** Who caused the event: authority is never read from it where there is an author of a text. */
type Common = {
  /** `owner/name` and default branch of the repository the event is in. */
  readonly repository: { readonly fullName: string; readonly defaultBranch: string };
  readonly sender: Account;
};

export type GitHubEvent =
  | (Common & {
      readonly kind: 'pull-request';
      readonly action: PullRequestAction;
      /** As of the event; the head may have moved since. */
      readonly pullRequest: PullRequestFacts;
      /** `labeled` only: the label, and the wave it asks for. */
      readonly label: string | null;
      readonly wave: WaveLabel | null;
    })
  | (Common & {
      readonly kind: 'comment';
      /** The pull request commented on. There is no head in this event. */
      readonly number: number;
      readonly id: number;
      /** As created: a later edit is no command (S07). */
      readonly body: string;
      readonly author: Account;
      readonly createdAt: string;
    })
  | (Common & {
      readonly kind: 'merge-group';
      readonly headSha: string;
      /** `refs/heads/gh-readonly-queue/…`. */
      readonly headRef: string;
      readonly baseSha: string;
      /** `refs/heads/…`. */
      readonly baseRef: string;
    })
  | (Common & {
      readonly kind: 'dispatch';
      readonly ref: string;
      readonly inputs: Readonly<Record<string, string>>;
    })
  | {
      readonly kind: 'ignored';
      readonly code: 'other-event' | 'other-action' | 'not-a-pull-request' | 'malformed';
      readonly why: string;
    };

const common = {
  repository: z
    .object({ full_name: z.string(), default_branch: z.string() })
    .transform((repo) => ({ fullName: repo.full_name, defaultBranch: repo.default_branch })),
  sender: accountSchema,
};

const pullRequestEvent = z.object({
  ...common,
  action: z.enum(PULL_REQUEST_ACTIONS),
  pull_request: pullRequestSchema,
  label: z.object({ name: z.string() }).optional(),
});

const commentEvent = z.object({
  ...common,
  issue: z.object({ number: z.int().positive() }),
  comment: z.object({
    id: z.int().positive(),
    body: z.string(),
    created_at: z.string(),
    user: accountSchema,
  }),
});

const mergeGroupEvent = z.object({
  ...common,
  merge_group: z.object({
    head_sha: oidSchema,
    head_ref: z.string(),
    base_sha: oidSchema,
    base_ref: z.string(),
  }),
});

const inputValue = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const dispatchEvent = z.object({
  ...common,
  ref: z.string(),
  inputs: z.record(z.string(), z.union([inputValue, z.null()])).nullish(),
});

const shape = z.looseObject({
  action: z.string().optional(),
  issue: z.looseObject({ pull_request: z.unknown().optional() }).optional(),
});

type Ignored = Extract<GitHubEvent, { kind: 'ignored' }>;
const ignored = (code: Ignored['code'], why: string): Ignored => ({ kind: 'ignored', code, why });

/** An event's or action's name, safe to print. */
const shown = (name: string | undefined): string => JSON.stringify((name ?? '').slice(0, 60));

const malformed = (name: string, error: z.ZodError): Ignored => {
  const [issue] = error.issues;
  const where = issue?.path.map(String).join('.') || 'payload';
  return ignored('malformed', `the ${name} event is not as GitHub documents it: ${where}: ${issue?.message}`);
};

/**
 * Reads an event: `name` from GITHUB_EVENT_NAME, `payload` parsed from GITHUB_EVENT_PATH. Total: a payload of
 * another shape is `ignored` as `malformed`.
 */
export const readEvent = (name: string, payload: unknown): GitHubEvent => {
  const known = ['pull_request_target', 'issue_comment', 'merge_group', 'workflow_dispatch'];
  if (!known.includes(name)) return ignored('other-event', `${shown(name)} is not an event waves listen to`);
  const outline = shape.safeParse(payload);
  if (!outline.success) return malformed(name, outline.error);
  const { action, issue } = outline.data;
  const otherAction = (): Ignored => ignored('other-action', `${name} ${shown(action)} starts nothing`);

  switch (name) {
    case 'pull_request_target': {
      if (!PULL_REQUEST_ACTIONS.some((one) => one === action)) return otherAction();
      const read = pullRequestEvent.safeParse(payload);
      if (!read.success) return malformed(name, read.error);
      const { repository, sender, pull_request: pullRequest } = read.data;
      const label = read.data.action === 'labeled' ? (read.data.label?.name ?? null) : null;
      const wave = label === null ? null : waveLabel(label);
      return { kind: 'pull-request', action: read.data.action, pullRequest, label, wave, repository, sender };
    }
    case 'issue_comment': {
      if (action !== 'created') return otherAction();
      if (typeof issue?.pull_request !== 'object' || issue.pull_request === null) {
        return ignored(
          'not-a-pull-request',
          'the comment is on an issue; waves are commanded on pull requests',
        );
      }
      const read = commentEvent.safeParse(payload);
      if (!read.success) return malformed(name, read.error);
      const { comment, repository, sender } = read.data;
      const { id, body, user: author, created_at: createdAt } = comment;
      return {
        kind: 'comment',
        number: read.data.issue.number,
        id,
        body,
        author,
        createdAt,
        repository,
        sender,
      };
    }
    case 'merge_group': {
      if (action !== 'checks_requested') return otherAction();
      const read = mergeGroupEvent.safeParse(payload);
      if (!read.success) return malformed(name, read.error);
      const { merge_group: group, repository, sender } = read.data;
      const { head_sha: headSha, head_ref: headRef, base_sha: baseSha, base_ref: baseRef } = group;
      return { kind: 'merge-group', headSha, headRef, baseSha, baseRef, repository, sender };
    }
    default: {
      const read = dispatchEvent.safeParse(payload);
      if (!read.success) return malformed(name, read.error);
      const { ref, repository, sender } = read.data;
      const given = Object.entries(read.data.inputs ?? {});
      const inputs = Object.fromEntries(given.map(([key, value]) => [key, value ?? '']));
      return { kind: 'dispatch', ref, inputs, repository, sender };
    }
  }
};
