export type CommandLine =
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  | { readonly kind: 'empty' }
  /** Only a shell could do this; `token` is what asks for it. */
  | { readonly kind: 'needs-shell'; readonly token: string }
  | { readonly kind: 'unclosed-quote'; readonly quote: '"' | "'" }
  | { readonly kind: 'trailing-backslash' };

const OPERATORS = new Set(['|', '&', ';', '<', '>', '(', ')', '`']);

/**
 * Splits a command line into argv by the quoting rules of POSIX.1-2024 XCU §2.2 and nothing else: no expansion,
 * no redirection, no pipes. What a shell would act upon is refused rather than passed on as a literal, because
 * the command would then silently do something else than its author read.
 */
export function splitCommandLine(line: string): CommandLine {
  const argv: string[] = [];
  let word: string | null = null;
  let index = 0;
  while (index < line.length) {
    const char = line.charAt(index);
    if (char === ' ' || char === '\t') {
      if (word !== null) argv.push(word);
      word = null;
      index += 1;
    } else if (char === "'") {
      const end = line.indexOf("'", index + 1);
      if (end < 0) return { kind: 'unclosed-quote', quote: "'" };
      word = (word ?? '') + line.slice(index + 1, end);
      index = end + 1;
    } else if (char === '"') {
      const quoted = readDoubleQuoted(line, index + 1);
      if (quoted.kind !== 'quoted') return quoted;
      word = (word ?? '') + quoted.text;
      index = quoted.end;
    } else if (char === '\\') {
      if (index + 1 >= line.length) return { kind: 'trailing-backslash' };
      word = (word ?? '') + line.charAt(index + 1);
      index += 2;
    } else {
      const token = OPERATORS.has(char) ? char : expansionAt(line, index);
      if (token !== null) return { kind: 'needs-shell', token };
      if (char === '#' && word === null) return { kind: 'needs-shell', token: '#' };
      word = (word ?? '') + char;
      index += 1;
    }
  }
  if (word !== null) argv.push(word);
  const [program] = argv;
  if (program === undefined || program === '') return { kind: 'empty' };
  const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/.exec(program);
  if (assignment !== null) return { kind: 'needs-shell', token: assignment[0] };
  return { kind: 'argv', argv };
}

type Quoted =
  | { readonly kind: 'quoted'; readonly text: string; readonly end: number }
  | { readonly kind: 'needs-shell'; readonly token: string }
  | { readonly kind: 'unclosed-quote'; readonly quote: '"' };

function readDoubleQuoted(line: string, start: number): Quoted {
  let text = '';
  let index = start;
  while (index < line.length) {
    const char = line.charAt(index);
    const next = line.charAt(index + 1);
    if (char === '"') return { kind: 'quoted', text, end: index + 1 };
    if (char === '\\' && next !== '' && '"\\$`'.includes(next)) {
      text += next;
      index += 2;
      continue;
    }
    const token = char === '`' ? char : expansionAt(line, index);
    if (token !== null) return { kind: 'needs-shell', token };
    text += char;
    index += 1;
  }
  return { kind: 'unclosed-quote', quote: '"' };
}

/** `$(`, `${`, `$NAME`, `$1`: what a shell would replace. A lone `$` is only a dollar. */
function expansionAt(line: string, index: number): string | null {
  return /^\$(?:[({]|[A-Za-z0-9_?@*#!$-]+)/.exec(line.slice(index, index + 40))?.[0] ?? null;
}
