/** What a demo agent does, as data: its program (agent.ts) carries out one action after the other. */
export type Action =
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** Runs a program in the clone and goes on only if it ends well. */
  | { readonly do: 'run'; readonly argv: readonly string[] }
  /** Runs a program in the clone; what is done next depends on how it ends. */
  | {
      readonly do: 'check';
      readonly argv: readonly string[];
      readonly holds: readonly Action[];
      readonly fails: readonly Action[];
    }
  /** Asks, once over all attempts; if it waits, `{{answer}}` in later texts stands for the answer. */
  | {
      readonly do: 'ask';
      readonly kind: 'request' | 'clarification-request';
      /** `agent:<id>` or `capability:<name>`. */
      readonly to: string;
      readonly summary: string;
      readonly detail: string;
      readonly wait: boolean;
    }
  /** Waits until a question has come, acknowledges it, and answers it if nobody has. */
  | { readonly do: 'answer'; readonly from: string; readonly text: string }
  /** One way if somebody is still owed something by this agent at its start, else another. */
  | {
      readonly do: 'if-owed';
      readonly from: string;
      readonly repair: readonly Action[];
      readonly otherwise: readonly Action[];
    }
  /** Says what holds of a subject, once over all attempts. */
  | {
      readonly do: 'state';
      readonly kind: 'claim' | 'evidence';
      readonly subject: string;
      readonly value: string;
      readonly summary: string;
    }
  | { readonly do: 'signal'; readonly kind: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly do: 'say'; readonly text: string }
  /** Puts bytes where no well-behaved agent puts any. */
  | { readonly do: 'outbox'; readonly body: unknown }
  | { readonly do: 'append'; readonly file: string; readonly text: string }
  | { readonly do: 'commit'; readonly repository: string; readonly path: string; readonly text: string }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'hang' };

export type Script = { readonly agent: string; readonly actions: readonly Action[] };
