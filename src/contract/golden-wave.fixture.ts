import {
  BUILT_IN_POLICY,
  type Config,
  type Policy,
  readConfig,
  readContract,
  type SourceFile,
} from './index.ts';

/** A small wave that is valid under the built-in policy: two workers, documentation, cont-QA. */
export const GOLDEN_WAVE = `# Wave 3 - Money formatting

**Commit message**: \`feat: format amounts\`

Free prose about the wave.

## Verify

- run: npm test | timeout: 5m

## Agent A1: Parser

### Components

- amount-parser

### Deliverables

- src/parse/index.ts

### Exit contract

- completion: integrated
- durability: durable
- proof: integration
- doc-impact: owned

### Verify

- run: node --test "src/parse/a b.test.ts"

### Prompt

\`\`\`text
Write the parser.

File ownership (only touch these paths):
- src/parse/
- docs/parse.md
\`\`\`

## Agent A2: Formatter

### Executor

- id: claude
- model: opus
- timeout: 30m

### Deliverables

- src/format/index.ts

### Prompt

\`\`\`\`
Write the formatter. An example of a wave:

\`\`\`md
## Agent X: not an agent
### Exit contract
- completion: nonsense
File ownership:
- src/parse/
\`\`\`

File ownership:
- src/format/
\`\`\`\`

## Agent A9: Documentation

### Prompt

\`\`\`
Keep the docs true.

File ownership:
- docs/plans/
\`\`\`

## Agent A0: cont-QA

### Prompt

\`\`\`
Judge the wave.

File ownership (only touch these paths):
- docs/reviews/wave-3-cont-qa.md
\`\`\`
`;

export const GOLDEN_FILE = 'docs/plans/waves/wave-3.md';

export type ReadGolden = {
  readonly waveFile?: string;
  readonly config?: Config;
  readonly policy?: Policy;
  readonly files?: readonly SourceFile[];
};

/** Reads `text` as the wave file with the defaults of a repository without configuration. */
export function readWave(text: string, options: ReadGolden = {}) {
  const waveFile = options.waveFile ?? GOLDEN_FILE;
  return readContract([{ path: waveFile, text }, ...(options.files ?? [])], {
    waveFile,
    config: options.config ?? readConfig(null).config,
    policy: options.policy ?? BUILT_IN_POLICY,
    lane: 'main',
  });
}

/** The golden wave with one exact text replaced; throws when the text is not there. */
export function golden(from = '', to = ''): string {
  if (!GOLDEN_WAVE.includes(from)) throw new Error(`the golden wave has no ${JSON.stringify(from)}`);
  return GOLDEN_WAVE.replace(from, () => to);
}

/** `severity code @line: message` per finding. */
export function findings(text: string, options: ReadGolden = {}): string[] {
  return readWave(text, options).diagnostics.map(
    ({ severity, code, at, message }) => `${severity} ${code} @${at.line}:${at.column} ${message}`,
  );
}

export function codes(text: string, options: ReadGolden = {}): string[] {
  return [...new Set(readWave(text, options).diagnostics.map(({ code }) => code))];
}
