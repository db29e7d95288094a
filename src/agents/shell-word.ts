/** A text as one word of a POSIX shell (Shell Command Language, 2.2.2), whatever stands in it. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
