/** GitHub's answers, as far as we read them, and what we make of them. */
import * as z from 'zod';
import {
  type Account,
  type CheckRunFacts,
  type IssueComment,
  type JobFacts,
  PERMISSIONS,
  type Permission,
  type PullRequestFacts,
} from './types.ts';

/** A full object id, SHA-1 or SHA-256. */
export const oidSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const id = z.int().positive();

export const accountSchema = z
  .object({ id, login: z.string(), type: z.string().default('User') })
  .transform(({ id, login, type }): Account => ({ id, login, type }));

export const labelNames = z
  .array(z.union([z.string(), z.object({ name: z.string().nullish() })]))
  .transform((labels) =>
    labels.flatMap((label) => (typeof label === 'string' ? [label] : label.name ? [label.name] : [])),
  );

/** A pull request as REST and `pull_request_target` events show it. */
export const pullRequestSchema = z
  .object({
    number: id,
    state: z.enum(['open', 'closed']),
    merged: z.boolean().nullish(),
    user: accountSchema.nullable(),
    labels: labelNames,
    head: z.object({
      sha: oidSchema,
      ref: z.string(),
      repo: z.object({ id, full_name: z.string() }).nullable(),
    }),
    base: z.object({ sha: oidSchema, ref: z.string(), repo: z.object({ id, full_name: z.string() }) }),
  })
  .transform(
    (pull): PullRequestFacts => ({
      number: pull.number,
      state: pull.state,
      merged: pull.merged === true,
      headSha: pull.head.sha,
      headRef: pull.head.ref,
      headRepo: pull.head.repo?.full_name ?? null,
      baseRef: pull.base.ref,
      baseSha: pull.base.sha,
      fork: pull.head.repo?.id !== pull.base.repo.id,
      labels: pull.labels,
      author: pull.user,
    }),
  );

export const commentSchema = z
  .object({
    id,
    body: z.string().nullish(),
    user: accountSchema.nullable(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .transform(
    (comment): IssueComment => ({
      id: comment.id,
      body: comment.body ?? '',
      author: comment.user,
      createdAt: comment.created_at,
      updatedAt: comment.updated_at,
    }),
  );

export const checkRunSchema = z
  .object({
    id,
    name: z.string(),
    head_sha: oidSchema,
    status: z.string(),
    conclusion: z.string().nullable(),
    external_id: z.string().nullish(),
    output: z.object({ title: z.string().nullish() }).nullish(),
    app: z.object({ id, slug: z.string().nullish() }).nullish(),
    started_at: z.string().nullish(),
    completed_at: z.string().nullish(),
    html_url: z.string().nullish(),
  })
  .transform(
    (check): CheckRunFacts => ({
      id: check.id,
      name: check.name,
      headSha: check.head_sha,
      status: check.status,
      conclusion: check.conclusion,
      externalId: check.external_id ?? '',
      title: check.output?.title ?? null,
      app: check.app ? { id: check.app.id, slug: check.app.slug ?? '' } : null,
      startedAt: check.started_at ?? null,
      completedAt: check.completed_at ?? null,
      url: check.html_url ?? null,
    }),
  );

export const jobSchema = z
  .object({
    id,
    name: z.string(),
    run_attempt: z.int().positive().default(1),
    status: z.string(),
    conclusion: z.string().nullable(),
    started_at: z.string().nullish(),
    completed_at: z.string().nullish(),
  })
  .transform(
    (job): JobFacts => ({
      id: job.id,
      name: job.name,
      runAttempt: job.run_attempt,
      status: job.status,
      conclusion: job.conclusion,
      startedAt: job.started_at ?? null,
      completedAt: job.completed_at ?? null,
    }),
  );

export const contentSchema = z.object({
  type: z.string(),
  encoding: z.string().optional(),
  size: z.int().nonnegative(),
  content: z.string().optional(),
});

export const permissionSchema = z.object({
  permission: z.enum(['admin', 'write', 'read', 'none']),
  user: z
    .object({
      login: z.string(),
      permissions: z
        .object({
          admin: z.boolean(),
          maintain: z.boolean().default(false),
          push: z.boolean(),
          triage: z.boolean().default(false),
          pull: z.boolean(),
        })
        .optional(),
    })
    .nullable(),
});

const LEGACY = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
} as const satisfies Record<Permission, string>;

/**
 * The exact permission in an answer about `login`. Custom roles have names of their own, so the flags are read, and
 * have to agree with the legacy word; an answer about somebody else, or at odds with itself, is `unverified`.
 */
export const exactPermission = (
  answer: z.infer<typeof permissionSchema>,
  login: string,
): Permission | 'unverified' => {
  const { permission, user } = answer;
  if (user === null || user.login.toLowerCase() !== login.toLowerCase()) return 'unverified';
  const flags = user.permissions;
  if (flags === undefined) return permission;
  const steps = [flags.pull, flags.triage, flags.push, flags.maintain, flags.admin];
  const exact = PERMISSIONS[steps.lastIndexOf(true) + 1];
  return exact !== undefined && LEGACY[exact] === permission ? exact : 'unverified';
};
