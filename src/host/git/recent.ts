/**
 * A bounded memory of answers that never change: what git says about a tree it says about that tree for ever. The least
 * recently used answers go first, and a failure is not an answer.
 */
export type Recent<Value> = {
  /** The answer known for `key`, or the one `ask` gives. Asked at the same time by several, `ask` runs once. */
  readonly of: (key: string, ask: () => Promise<Value>) => Promise<Value>;
};

export const recent = <Value>(size: number, isAnswer: (value: Value) => boolean): Recent<Value> => {
  const known = new Map<string, Promise<Value>>();
  return {
    of: (key, ask) => {
      const standing = known.get(key);
      known.delete(key);
      const answer = standing ?? ask();
      known.set(key, answer);
      for (const oldest of known.keys()) {
        if (known.size <= size) break;
        known.delete(oldest);
      }
      if (standing === undefined) {
        const forget = (): void => {
          if (known.get(key) === answer) known.delete(key);
        };
        answer.then((value) => {
          if (!isAnswer(value)) forget();
        }, forget);
      }
      return answer;
    },
  };
};

/** One memory for each owner, gone with it. */
export const recentPerOwner = <Owner extends object, Value>(
  size: number,
  isAnswer: (value: Value) => boolean,
): ((owner: Owner) => Recent<Value>) => {
  const owners = new WeakMap<Owner, Recent<Value>>();
  return (owner) => {
    const mine = owners.get(owner) ?? recent<Value>(size, isAnswer);
    owners.set(owner, mine);
    return mine;
  };
};
