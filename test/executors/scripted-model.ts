/**
 * A model that says what a test tells it to, on loopback: the three wire formats the CLIs speak (Anthropic Messages,
 * OpenAI Responses, OpenAI Chat Completions), streamed as server-sent events.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the model does when it is asked for the next step. */
export type Step =
  | { readonly say: string }
  /** Calls the CLI's shell tool. */
  | { readonly run: string }
  /** Answers with an HTTP error, as the provider would. */
  | { readonly refuse: 429 | 529 | 500 | 401 }
  /** Accepts the request and never answers. */
  | { readonly hang: true };

/** What each answer reports, so that a test can add them up. */
export const TOKENS_PER_STEP = { input: 1000, output: 20 } as const;

export type Asked = {
  readonly path: string;
  /** Names only, so that no key is kept. */
  readonly headers: readonly string[];
  readonly key: string | null;
  readonly body: string;
  readonly wire: Wire | null;
  /** Whether it took a step of the script; side requests, such as for a title, do not. */
  readonly scripted: boolean;
};

type Wire = 'messages' | 'responses' | 'chat';
type Body = {
  readonly stream?: boolean;
  readonly model?: string;
  readonly tools?: readonly {
    readonly name?: string;
    readonly type?: string;
    readonly function?: { readonly name?: string };
  }[];
};

const WIRES: readonly (readonly [RegExp, Wire])[] = [
  [/\/messages(?:\?|$)/, 'messages'],
  [/\/responses(?:\?|$)/, 'responses'],
  [/\/chat\/completions(?:\?|$)/, 'chat'],
];

const read = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

type Event = { readonly name?: string; readonly data: unknown };
const send = (response: ServerResponse, events: readonly Event[]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (const { name, data } of events)
    response.write(
      `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    );
  response.end();
};

type Act = { readonly text: string } | { readonly tool: string; readonly input: Record<string, unknown> };

/** The shell tool the CLI offers and how it wants to be called. */
const shellCall = (body: Body, command: string): Act => {
  const names = (body.tools ?? []).map((tool) => tool.name ?? tool.function?.name ?? tool.type ?? '');
  const tool = names.find((name) => /^(?:bash|shell|shell_command|exec_command|local_shell)$/i.test(name));
  if (tool === undefined) return { text: `no shell among ${names.join(', ')}` };
  if (tool === 'exec_command') return { tool, input: { cmd: command } };
  if (tool === 'shell') return { tool, input: { command: ['sh', '-c', command] } };
  return { tool, input: { command, description: 'a scripted command' } };
};

function messagesEvents(act: Act, model: string, n: number): readonly Event[] {
  const event = (data: { readonly type: string; readonly [key: string]: unknown }): Event => ({
    name: data.type,
    data,
  });
  const block =
    'text' in act
      ? { type: 'text', text: '' }
      : { type: 'tool_use', id: `toolu_scripted${n}`, name: act.tool, input: {} };
  const delta =
    'text' in act
      ? { type: 'text_delta', text: act.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(act.input) };
  const usage = {
    input_tokens: TOKENS_PER_STEP.input,
    output_tokens: 1,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  return [
    event({
      type: 'message_start',
      message: {
        id: `msg_scripted${n}`,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    }),
    event({ type: 'content_block_start', index: 0, content_block: block }),
    event({ type: 'content_block_delta', index: 0, delta }),
    event({ type: 'content_block_stop', index: 0 }),
    event({
      type: 'message_delta',
      delta: { stop_reason: 'text' in act ? 'end_turn' : 'tool_use', stop_sequence: null },
      usage: { output_tokens: TOKENS_PER_STEP.output },
    }),
    event({ type: 'message_stop' }),
  ];
}

function responsesEvents(act: Act, model: string, n: number): readonly Event[] {
  const id = `resp_scripted${n}`;
  const item =
    'text' in act
      ? {
          type: 'message',
          id: `msg_scripted${n}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: act.text, annotations: [] }],
        }
      : {
          type: 'function_call',
          id: `fc_scripted${n}`,
          call_id: `call_scripted${n}`,
          name: act.tool,
          arguments: JSON.stringify(act.input),
          status: 'completed',
        };
  const usage = {
    input_tokens: TOKENS_PER_STEP.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: TOKENS_PER_STEP.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: TOKENS_PER_STEP.input + TOKENS_PER_STEP.output,
  };
  const event = (data: { readonly type: string; readonly [key: string]: unknown }): Event => ({
    name: data.type,
    data,
  });
  return [
    event({
      type: 'response.created',
      response: { id, object: 'response', model, status: 'in_progress', output: [] },
    }),
    event({
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', ...('text' in act ? { content: [] } : {}) },
    }),
    ...('text' in act
      ? [
          event({
            type: 'response.output_text.delta',
            item_id: item.id,
            output_index: 0,
            content_index: 0,
            delta: act.text,
          }),
        ]
      : []),
    event({ type: 'response.output_item.done', output_index: 0, item }),
    event({
      type: 'response.completed',
      response: { id, object: 'response', model, status: 'completed', output: [item], usage },
    }),
  ];
}

function chatEvents(act: Act, model: string, n: number): readonly Event[] {
  const chunk = (delta: unknown, finish: string | null): Event => ({
    data: {
      id: `chatcmpl-scripted${n}`,
      object: 'chat.completion.chunk',
      created: 0,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    },
  });
  const usage = {
    prompt_tokens: TOKENS_PER_STEP.input,
    completion_tokens: TOKENS_PER_STEP.output,
    total_tokens: TOKENS_PER_STEP.input + TOKENS_PER_STEP.output,
  };
  const call =
    'text' in act
      ? null
      : {
          index: 0,
          id: `call_scripted${n}`,
          type: 'function',
          function: { name: act.tool, arguments: JSON.stringify(act.input) },
        };
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk('text' in act ? { content: act.text } : { tool_calls: [call] }, null),
    chunk({}, call === null ? 'stop' : 'tool_calls'),
    {
      data: {
        id: `chatcmpl-scripted${n}`,
        object: 'chat.completion.chunk',
        created: 0,
        model,
        choices: [],
        usage,
      },
    },
    { data: '[DONE]' },
  ];
}

const EVENTS = { messages: messagesEvents, responses: responsesEvents, chat: chatEvents } as const;

/** What a provider's error looks like on each wire. */
const refusal = (wire: Wire, status: number): unknown => {
  const type =
    status === 429
      ? 'rate_limit_error'
      : status === 529
        ? 'overloaded_error'
        : status === 401
          ? 'authentication_error'
          : 'api_error';
  const message = `scripted ${type}`;
  return wire === 'messages'
    ? { type: 'error', error: { type, message } }
    : { error: { message, type, code: status === 429 ? 'rate_limit_exceeded' : type, param: null } };
};

export type ScriptedModel = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** In the order they came. */
  readonly asked: readonly Asked[];
  /** Resolves when the script's `hang` was reached. */
  readonly hanging: Promise<void>;
  stop(): Promise<void>;
};

/** Serves the steps in order, one a request; past the end it says `(the script is over)`. */
export async function startScriptedModel(steps: readonly Step[]): Promise<ScriptedModel> {
  const asked: Asked[] = [];
  let next = 0;
  const reached = Promise.withResolvers<void>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await read(request);
    const path = request.url ?? '/';
    const wire =
      request.method === 'POST' ? (WIRES.find(([pattern]) => pattern.test(path))?.[1] ?? null) : null;
    let body: Body = {};
    try {
      body = JSON.parse(text) as Body;
    } catch {
      // Not a model request; noted and refused below.
    }
    const scripted = wire !== null && (wire === 'responses' || (body.tools ?? []).length > 0);
    const bearer = request.headers.authorization?.replace(/^Bearer /, '');
    const key = request.headers['x-api-key'] ?? bearer ?? null;
    asked.push({
      path,
      wire,
      scripted,
      body: text,
      key: typeof key === 'string' ? key : null,
      headers: Object.keys(request.headers).sort(),
    });
    const json = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (wire === null) return json(404, { error: { message: 'not scripted' } });
    const n = asked.length;
    const step: Step = scripted ? (steps[next++] ?? { say: '(the script is over)' }) : { say: 'a title' };
    if ('hang' in step) return reached.resolve();
    // A CLI that waits by itself is told to wait hardly at all.
    if ('refuse' in step) return json(step.refuse, refusal(wire, step.refuse), { 'retry-after-ms': '5' });
    const act: Act = 'say' in step ? { text: step.say } : shellCall(body, step.run);
    send(response, EVENTS[wire](act, body.model ?? 'scripted', n));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hanging: reached.promise,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
