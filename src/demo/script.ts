/** What a demo agent does, as data: its program (agent.ts) carries out one action after the other. */
export type Action =
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** Runs a program in the clone and goes on only if it ends well. */
  | { readonly do: 'run'; readonly argv: readonly string[] }
  /** Asks, once over all attempts, and waits for the answer; `{{answer}}` in later texts stands for it. */
  | {
      readonly do: 'ask';
      readonly to: string;
      readonly summary: string;
      readonly detail: string;
      readonly wait: boolean;
    }
  /** Waits until a request has come, acknowledges it, and answers it if nobody has. */
  | { readonly do: 'answer'; readonly from: string; readonly text: string }
  | { readonly do: 'signal'; readonly kind: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly do: 'say'; readonly text: string }
  /** Puts bytes where no well-behaved agent puts any. */
  | { readonly do: 'outbox'; readonly body: unknown }
  | { readonly do: 'append'; readonly file: string; readonly text: string }
  | { readonly do: 'commit'; readonly repository: string; readonly path: string; readonly text: string }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'hang' };

export type Script = { readonly agent: string; readonly actions: readonly Action[] };
