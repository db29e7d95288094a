/** Verdict lines of a closure report (closure.md §1.2, §1.6): through the CommonMark tree, so that examples do not count. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Verdict } from '../journal/index.ts';

/** After the value only a detail that is set off: a template's “pass | blocked” is no verdict. */
const LINE = /^Verdict:[ \t]*(pass|concerns|blocked|hold|fail)[ \t]*(?:[-–—:.;(].*)?$/i;
const NAMES: Readonly<Record<string, Verdict>> = {
  pass: 'pass',
  concerns: 'concerns',
  blocked: 'blocked',
  hold: 'hold',
  fail: 'blocked',
};
/** Stands for inline code, HTML, emphasis, links: nothing a verdict line may begin with or hide in. */
const OTHER = '\0';

/** Every verdict that stands at the start of a line of a top-level paragraph, in order; all of them, not one of them. */
export const verdictsInReport = (markdown: string): readonly Verdict[] =>
  fromMarkdown(markdown).children.flatMap((node) => {
    if (node.type !== 'paragraph') return [];
    const text = node.children
      .map((inline) => (inline.type === 'text' ? inline.value : inline.type === 'break' ? '\n' : OTHER))
      .join('');
    return text.split(/\r\n|\n|\r/).flatMap((line) => NAMES[LINE.exec(line)?.[1]?.toLowerCase() ?? ''] ?? []);
  });
