/**
 * Stands in for Claude Code where it is not installed: asks the model at ANTHROPIC_BASE_URL, runs the commands it calls for
 * in a shell, and prints `stream-json` events. Its command line and its events are those of the recordings beside it.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const session_id = randomUUID();
const model = 'claude-sonnet-4-5';
const print = (event) => console.log(JSON.stringify({ ...event, session_id }));
const spent = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
  costUSD: 0,
};
const messages = [{ role: 'user', content: readFileSync(0, 'utf8') }];
print({ type: 'system', subtype: 'init' });

for (let turn = 1; ; turn++) {
  const answer = await fetch(`${process.env.ANTHROPIC_BASE_URL}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY },
    body: JSON.stringify({ model, stream: true, messages, tools: [{ name: 'Bash' }] }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    print({
      type: 'result',
      subtype: 'success',
      is_error: true,
      num_turns: turn,
      result: text,
      api_error_status: answer.status,
    });
    process.exit(1);
  }
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
  const of = (type) => events.find((event) => event.type === type);
  const usage = { ...of('message_start').message.usage, ...of('message_delta').usage };
  spent.inputTokens += usage.input_tokens;
  spent.outputTokens += usage.output_tokens;
  print({
    type: 'assistant',
    parent_tool_use_id: null,
    message: { id: of('message_start').message.id, model, content: [], usage },
  });
  const { delta } = of('content_block_delta');
  if (delta.type === 'text_delta') {
    print({
      type: 'result',
      subtype: 'success',
      is_error: false,
      num_turns: turn,
      result: delta.text,
      api_error_status: null,
      model_usage_since_last_result: { [model]: spent },
    });
    break;
  }
  const { command } = JSON.parse(delta.partial_json);
  const ran = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
  messages.push({ role: 'user', content: `${ran.stdout}${ran.stderr}` });
}
