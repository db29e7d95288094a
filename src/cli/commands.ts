/** The commands, by name. `load` brings in a command's code. */
export type CommandModule = { readonly run: (argv: readonly string[]) => Promise<number> };
export type CommandEntry = {
  readonly name: string;
  readonly alias?: string;
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
};

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    usage: 'demo [--break <how>]',
    summary: 'a whole wave in a throwaway repository, in seconds',
    load: () => import('./demo.ts'),
  },
  {
    name: 'validate',
    usage: 'validate [n]',
    summary: 'check wave files and configuration',
    load: () => import('./validate.ts'),
  },
  {
    name: 'run',
    alias: 'launch',
    usage: 'run <n|n..m>',
    summary: 'run waves here, or go on with them',
    load: () => import('./run.ts'),
  },
  {
    name: 'status',
    usage: 'status [n]',
    summary: 'why it is not done, who owes what',
    load: () => import('./status.ts'),
  },
  {
    name: 'control',
    usage: 'control <surface>',
    summary: 'status; tasks: create, list, get, act',
    load: () => import('./control.ts'),
  },
  {
    name: 'dashboard',
    usage: 'dashboard [--watch]',
    summary: 'every lane and wave on one screen',
    load: () => import('./dashboard.ts'),
  },
  {
    name: 'coord',
    usage: 'coord <verb>',
    summary: 'post, show, answer, ack, resolve, inbox',
    load: () => import('./coord.ts'),
  },
  {
    name: 'feedback',
    usage: 'feedback <verb>',
    summary: 'what people are asked: list, show, respond',
    load: () => import('./feedback.ts'),
  },
  {
    name: 'signal',
    usage: 'signal <kind>',
    summary: 'say something structured about one’s work',
    load: () => import('./signal.ts'),
  },
  {
    name: 'report',
    usage: 'report [n]',
    summary: 'write the HTML report',
    load: () => import('./report.ts'),
  },
  {
    name: 'explain',
    usage: 'explain <code>',
    summary: 'what a code means and what clears it',
    load: () => import('./explain.ts'),
  },
];

export const helpText = (): string =>
  [
    'wave: coding agents do a bounded piece of work side by side; it closes only on proof.',
    '',
    'Usage: wave <command> [options]',
    '',
    ...COMMANDS.map((one) => `  ${one.usage.padEnd(22)} ${one.summary}`),
    '',
    '  --repo-root <dir>      the repository (default: where you are)',
    '  --lane <name>          the lane (default: the configured one)',
    '  --json                 the same answer for programs',
    '',
    'wave help <command> tells more. Start with: wave demo',
    '',
  ].join('\n');
