import { expect, test } from 'vitest';
import { findMarked } from './marked-comment.ts';

const marker = '<!-- wave:main/wave-1/pr-1 -->';
const comment = (id: number, author: number | null, body: string) => ({
  id,
  body,
  author: author === null ? null : { id: author, login: author === 5 ? 'us[bot]' : 'us', type: 'Bot' },
  createdAt: '',
  updatedAt: '',
});

test('our oldest comment with the marker, and nobody else’s', () => {
  const all = [
    comment(1, 6, `pasted ${marker}`),
    comment(2, null, marker),
    comment(4, 5, `${marker} second`),
    comment(3, 5, `${marker} first`),
    comment(0, 5, 'no marker'),
  ];
  expect(findMarked(all, marker, 5)?.id).toBe(3);
  expect(findMarked(all.slice(0, 2), marker, 5)).toBeNull();
});
