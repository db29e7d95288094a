/** A terminal's text as an SVG that is readable in light and dark: the colours our command line uses, and no others. */

const CHAR = 8.4;
const LINE = 19;
const PAD = 16;
const BAR = 30;

type Run = { readonly text: string; readonly classes: readonly string[]; readonly column: number };

/** SGR codes as `views` writes them: a colour until 39, dim or strong until 22. */
const CLASSES: Readonly<Record<number, string>> = {
  1: 'strong',
  2: 'dim',
  31: 'bad',
  32: 'good',
  33: 'warn',
  36: 'busy',
};

const runsOf = (line: string): readonly Run[] => {
  const runs: Run[] = [];
  let color: string | null = null;
  let weight: string | null = null;
  let column = 0;
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    const sgr = /^\x1b\[(\d+)m$/.exec(part)?.[1];
    if (sgr === undefined) {
      const classes = [color, weight].filter((one) => one !== null);
      // Renderers fold blanks: what stands apart is placed apart.
      for (const piece of part.split(/( {2,})/)) {
        if (piece.trim() !== '') runs.push({ text: piece, classes, column });
        column += [...piece].length;
      }
      continue;
    }
    const number = Number(sgr);
    if (number === 39) color = null;
    else if (number === 22) weight = null;
    else if (number > 2) color = CLASSES[number] ?? null;
    else weight = CLASSES[number] ?? null;
  }
  return runs;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const drawn = ({ text, classes, column }: Run, y: number): string => {
  // Blanks at the ends would not be counted by every renderer.
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const width = ([...shown].length * CHAR).toFixed(1);
  const about = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  return `<text x="${(PAD + (column + lead) * CHAR).toFixed(1)}" y="${y}" textLength="${width}" lengthAdjust="spacingAndGlyphs"${about}>${escaped(shown)}</text>`;
};

/** The text a picture shows, line after line; for tests. */
export const textOfPicture = (svg: string): readonly string[] => {
  const lines = new Map<number, string>();
  for (const [, y = '', text = ''] of svg.matchAll(/<text x="[^"]+" y="(\d+)"[^>]*>([^<]*)<\/text>/g)) {
    const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    lines.set(Number(y), `${lines.has(Number(y)) ? `${lines.get(Number(y))} ` : ''}${plain}`);
  }
  return [...lines].toSorted(([a], [b]) => a - b).map(([, text]) => text);
};

/** @param shell what was typed @param lines what came, with SGR colours */
export const terminalPicture = (shell: string, lines: readonly string[]): string => {
  const all = [`\x1b[1m$ ${shell}\x1b[22m`, ...lines];
  const columns = Math.max(...all.map((line) => [...line.replaceAll(/\x1b\[\d+m/g, '')].length));
  const width = Math.ceil(columns * CHAR + 2 * PAD);
  const height = BAR + all.length * LINE + PAD;
  const body = all.flatMap((line, number) =>
    runsOf(line).map((run) => drawn(run, BAR + (number + 1) * LINE - 5)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(shell)} in a terminal">
<style>
  :root { color-scheme: light dark; }
  .paper { fill: #ffffff; stroke: #d1d9e0; }
  .bar { fill: #d1d9e0; }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; fill: #1f2328; }
  .good { fill: #116329; }
  .bad { fill: #cf222e; }
  .warn { fill: #7d4e00; }
  .busy { fill: #0550ae; }
  .dim { fill: #59636e; }
  .strong { font-weight: 700; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d; }
    .bar { fill: #3d444d; }
    text { fill: #e6edf3; }
    .good { fill: #3fb950; }
    .bad { fill: #ff7b72; }
    .warn { fill: #d29922; }
    .busy { fill: #79c0ff; }
    .dim { fill: #9198a1; }
  }
</style>
<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<circle class="bar" cx="20" cy="17" r="5"/><circle class="bar" cx="37" cy="17" r="5"/><circle class="bar" cx="54" cy="17" r="5"/>
${body.join('\n')}
</svg>
`;
};
