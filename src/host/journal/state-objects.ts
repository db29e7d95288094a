/** What a commit of the state branch is made of, in the formats git reads and writes. */
import { createHash } from 'node:crypto';
import { FORMAT_FILE } from './state-tree.ts';

export type CommitPlan = {
  readonly parent: string | null;
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly atMs: number;
};

/** The first commit's author, date and message are fixed: all who create the branch at once create this one. */
const ROOT_AUTHOR = 'wave-orchestration <wave-orchestration@noreply.invalid> 0 +0000';
const ROOT_MESSAGE = 'Start the state branch [skip ci]\n';

const data = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([Buffer.from(`data ${body.length}\n`), body, Buffer.from('\n')]);
};
const person = (text: string): string =>
  text.replaceAll(/[<>\x00-\x1f\x7f]/g, '').trim() || 'wave-orchestration';

/** A git-fast-import(1) stream for one commit, and for the root before it when the branch has none. */
export const importStream = (plan: CommitPlan, ref: string): Buffer => {
  const root = [
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${ROOT_AUTHOR}\ncommitter ${ROOT_AUTHOR}\n`),
    data(Buffer.from(ROOT_MESSAGE)),
    Buffer.from(`M 100644 inline ${FORMAT_FILE}\n`),
    data(Buffer.alloc(0)),
  ];
  const seconds = Math.floor(plan.atMs / 1000);
  const who = `${person(plan.author.name)} <${person(plan.author.email)}> ${seconds} +0000`;
  return Buffer.concat([
    Buffer.from('feature done\n'),
    ...(plan.parent === null ? root : []),
    Buffer.from(`commit ${ref}\nmark :2\nauthor ${who}\ncommitter ${who}\n`),
    data(Buffer.from(plan.message)),
    Buffer.from(`from ${plan.parent ?? ':1'}\n`),
    ...plan.files.flatMap(({ path, bytes }) => [Buffer.from(`M 100644 inline ${path}\n`), data(bytes)]),
    Buffer.from('get-mark :2\ndone\n'),
  ]);
};

/** The name git gives a blob (gitformat: `blob <size>\\0<bytes>`). */
export const blobOid = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
