/** The documents as a reader has them: their fenced blocks, headings and links, through the CommonMark tree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { PROJECT } from '../../scripts/write-docs.ts';

export type Block = {
  /** `docs/quickstart.md:41`. */
  readonly at: string;
  readonly lang: string;
  /** What stands after the language: `run`, `file=…`. */
  readonly meta: string;
  readonly text: string;
};
export type Document = {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
};

const walk = (node: Nodes, visit: (node: Nodes) => void): void => {
  visit(node);
  if ('children' in node) for (const child of node.children) walk(child, visit);
};

const textOf = (node: Nodes): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join('') : '';

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const readDocument = (path: string): Document => {
  const text = readFileSync(join(PROJECT, path), 'utf8');
  const blocks: Block[] = [];
  const links: string[] = [];
  const anchors = new Set<string>();
  walk(fromMarkdown(text), (node) => {
    if (node.type === 'code')
      blocks.push({
        at: `${path}:${node.position?.start.line ?? 0}`,
        lang: node.lang ?? '',
        meta: node.meta ?? '',
        text: node.value,
      });
    if (node.type === 'heading') anchors.add(anchorOf(textOf(node)));
  });
  // Tables are no part of CommonMark, and most links stand in them: by their brackets, outside of fences.
  const prose = text.replaceAll(/^(`{3,}|~{3,})[\s\S]*?^\1\s*$/gm, '');
  for (const [, target = ''] of prose.matchAll(/\]\(([^()\s]+)\)/g)) links.push(target);
  for (const [, id = ''] of prose.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
  return { path, text, blocks, links, anchors };
};

const paths = [
  'README.md',
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export const DOCUMENTS: readonly Document[] = paths.toSorted().map(readDocument);
export const blocksOf = (lang: string): readonly Block[] =>
  DOCUMENTS.flatMap((one) => one.blocks).filter((block) => block.lang === lang);
