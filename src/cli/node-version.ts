/** The oldest Node this program runs on. */
const OLDEST = 24;

export type NodeProblem = { readonly code: string; readonly message: string; readonly fix: string };

/** What is wrong with the node that runs us, or null. Asked before anything is loaded that an older one cannot read. */
export const nodeProblem = (version: string): NodeProblem | null =>
  Number.parseInt(version, 10) >= OLDEST
    ? null
    : {
        code: 'node-too-old',
        message: `this is Node ${version}, and wave needs ${OLDEST} or newer`,
        fix: `Install Node ${OLDEST}; in a clone npm run wave brings its own.`,
      };
