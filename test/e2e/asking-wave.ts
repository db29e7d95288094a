/** A wave of small programs that ask each other: implementation agents B1 … Bn, each a shell script of the repository. */
import type { Prepared } from './local-wave.ts';
import { smallWave } from './small-wave.ts';
import { makePlace } from './wave-process.ts';

const FENCE = '```';

const agent = (
  id: string,
  title: string,
  executor: string,
  owned: string,
  deliverable: string | null,
): string =>
  [
    `## Agent ${id}: ${title}`,
    ...(executor === '' ? [] : [`### Executor\n\n- id: command\n- command.program: ${executor}`]),
    ...(deliverable === null ? [] : [`### Deliverables\n\n- ${deliverable}`]),
    [
      '### Prompt',
      '',
      `${FENCE}text`,
      'Make it.',
      '',
      'File ownership (only touch these paths):',
      `- ${owned}`,
      FENCE,
    ].join('\n'),
  ].join('\n\n');

/** Answers everything asked of it so far; the ids come from the inbox, as any program would read them. */
const ANSWER_ALL = `answer_all() {
  for id in $(node -p 'JSON.parse(require("fs").readFileSync(process.env.WAVE_INBOX + "/inbox.json")).owed.filter((one) => one.status === "open").map((one) => one.id).join(" ")'); do
    wave coord answer "$id" "from $WAVE_AGENT" > /dev/null || exit 1
  done
}`;

/** What an agent does when it is through: the file it owes, made of what it was told. */
const FINISH = `mkdir -p "lib/$WAVE_AGENT" && printf '%s\n' "$answer" > "lib/$WAVE_AGENT/told.txt" &&
wave signal proof --completion integrated --durability durable --proof integration --state met`;

export type AskingWave = {
  /** The body of each agent's script, by id; `answer_all` and `finish` are functions it can call. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
};

export const askingWave = async ({ scripts, config = {} }: AskingWave): Promise<Prepared> => {
  const ids = Object.keys(scripts);
  const files: Record<string, string> = {
    '.gitignore': '.tmp/\n',
    'wave.config.json': `${JSON.stringify(
      {
        version: 1,
        executors: {
          default: 'local',
          command: {
            programs: Object.fromEntries(ids.map((id) => [id, { argv: ['sh', `agents/${id}.sh`] }])),
          },
        },
        policy: {
          executors: { implementation: ['command'], documentation: ['local'], 'cont-qa': ['local'] },
          requiredRoles: ['documentation', 'cont-qa'],
          isolation: 'none',
          allowSimulated: true,
        },
        ...config,
      },
      null,
      2,
    )}\n`,
    'docs/plans/waves/wave-1.md': `${[
      '# Wave 1 - Questions',
      '**Commit message**: `Questions`',
      ...ids.map((id) => agent(id, `the ${id}`, id, `lib/${id}/`, `lib/${id}/told.txt`)),
      agent('A9', 'Documentation', '', 'docs/made.md', 'docs/made.md'),
      agent('A0', 'cont-QA', '', 'docs/reviews/wave-1.md', null),
    ].join('\n\n')}\n`,
  };
  for (const [id, script] of Object.entries(scripts))
    files[`agents/${id}.sh`] = `${ANSWER_ALL}\nfinish() {\n${FINISH}\n}\n${script}\n`;
  return smallWave(await makePlace(), files);
};
