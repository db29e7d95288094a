/** What a diagnostic means and what to do about it, for `wave explain <code>`. */
export type Explanation = { readonly meaning: string; readonly fix: string };

/** Every code this room emits; {@link DiagnosticCode} makes any other a type error. */
export const DIAGNOSTIC_CODES = {
  'agent-header-malformed': {
    meaning:
      'A heading starts with "Agent" but is not an agent header, so its sections would belong to nobody.',
    fix: 'Write "## Agent <id>: <title>" with two #, a space and a colon; give a prose heading another first word.',
  },
  'agent-id-invalid': {
    meaning:
      'Agent ids name files, artifacts and who speaks; this one has characters that cannot, or is the name of a job of the workflow.',
    fix: 'Use a letter, then up to 31 letters, digits, ".", "_" or "-", such as A1.',
  },
  'benchmark-catalog-invalid': {
    meaning: 'The benchmark catalog cannot be read, or a benchmark stands in two families.',
    fix: 'Correct it at the named place.',
  },
  'benchmark-catalog-missing': {
    meaning: 'An eval target names a family of benchmarks, and there is no catalog to look it up in.',
    fix: 'Write the catalog (paths.benchmarkCatalogPath), or pin benchmarks without a family.',
  },
  'command-program-missing': {
    meaning:
      'The command executor starts a program that the base branch names; the agent does not say which.',
    fix: 'Add "- command.program: <name>" to its ### Executor.',
  },
  'command-program-unknown': {
    meaning: 'The program is not one of executors.command.programs of the configuration.',
    fix: 'Use a configured name, or add the program on the base branch.',
  },
  'commit-message-unquoted': {
    meaning: 'A "**Commit message**:" line was found, but its message is not in backticks and is not read.',
    fix: 'Put the message between backticks.',
  },
  'component-matrix-invalid': {
    meaning: 'The component matrix cannot be read as JSON of its shape, or names a level it does not list.',
    fix: 'Correct it at the named place.',
  },
  'component-matrix-missing': {
    meaning: 'The wave promotes components, and the repository has no component matrix.',
    fix: 'Write it (paths.componentCutoverMatrixJsonPath) and commit it.',
  },
  'component-not-promoted': {
    meaning: 'An agent owns a component that the wave promotes nowhere, so nobody would look at its level.',
    fix: 'Promote the component, or remove it from the agent.',
  },
  'components-on-steward': {
    meaning: 'Stewards judge components; an agent that owns one cannot also judge it.',
    fix: 'List the component at an implementation agent.',
  },
  'config-invalid-json': {
    meaning: 'The configuration is not valid JSON. It is never read as if it were empty.',
    fix: 'Correct the text at the named place; comments, trailing commas and repeated keys are not JSON.',
  },
  'config-unknown-key': {
    meaning: 'A key of the configuration is not known, so what it says has no effect.',
    fix: 'Correct the spelling or remove the key.',
  },
  'config-value': {
    meaning: 'A value of the configuration has the wrong type or is outside what is allowed.',
    fix: 'Write a value of the expected kind; the reference of the configuration lists them.',
  },
  'control-character': {
    meaning: 'The wave file holds a character nobody can see, or one that reorders what is shown.',
    fix: 'Remove it.',
  },
  'deliverable-is-directory': {
    meaning: 'A deliverable is a file that must exist in the end; a directory proves nothing.',
    fix: 'Name the files.',
  },
  'deliverable-outside-ownership': {
    meaning: 'The agent promises a file that it may not write, so its patch would be refused.',
    fix: 'Add the path to its "File ownership", or move the deliverable to the agent that owns the path.',
  },
  'duplicate-agent': {
    meaning: 'Two agents have the same id, or ids that differ only in letter case or punctuation.',
    fix: 'Give one of them another id.',
  },
  'duplicate-item': { meaning: 'The same thing is listed twice.', fix: 'Remove one of the two lines.' },
  'duplicate-key': {
    meaning: 'A key is given twice, and only one value could count.',
    fix: 'Keep one of the two.',
  },
  'duplicate-section': {
    meaning: 'A section stands twice in the same place, and only one could count.',
    fix: 'Merge the two sections.',
  },
  'duration-malformed': { meaning: 'A time span could not be read.', fix: 'Write it like 90s, 5m or 1h30m.' },
  'eval-target-malformed': {
    meaning: 'An eval target lacks a field, or a field has a value that is not allowed.',
    fix: 'Write id, selection, objective and threshold; benchmark-family when delegated, benchmarks when pinned.',
  },
  'eval-targets-without-cont-eval': {
    meaning: 'The wave says what is to be judged, and has no cont-EVAL agent to judge it.',
    fix: 'Add the agent; its id is roles.contEvalAgentId of the configuration (E0 unless changed).',
  },
  'executor-contradiction': {
    meaning: 'The executor is both pinned for retries and allowed to change on a retry.',
    fix: 'Keep either "retry-policy: sticky" or "allow-fallback-on-retry: true".',
  },
  'executor-key-mismatch': {
    meaning: 'A setting of one executor is given to an agent that runs another.',
    fix: 'Remove the setting or change the id.',
  },
  'executor-not-allowed': {
    meaning: 'The base branch does not let an agent of this role run with this executor.',
    fix: 'Choose an allowed executor, or change policy.executors on the base branch.',
  },
  'executor-value': {
    meaning: 'A value under ### Executor is not of the kind its key takes.',
    fix: 'Write a value of the expected kind.',
  },
  'exit-contract-below-minimum': {
    meaning: 'The exit contract asks for less than the base branch demands of every implementation agent.',
    fix: 'Raise the field to the minimum or above.',
  },
  'exit-contract-value': {
    meaning: 'A level of the exit contract is not one of the known levels; letter case counts.',
    fix: 'Write one of the listed levels.',
  },
  'file-too-large': {
    meaning: 'The file is larger than any wave should be and was not read.',
    fix: 'Split the wave.',
  },
  'heading-without-space': {
    meaning: 'A line looks like a heading, but without a space after the # it is a paragraph.',
    fix: 'Put a space after the #.',
  },
  'id-malformed': {
    meaning: 'A component, capability or skill id has characters that ids do not have.',
    fix: 'Use lower-case letters, digits, ".", "_" and "-".',
  },
  'item-malformed': {
    meaning: 'A bullet of a list section could not be read as one value on one line.',
    fix: 'Write one "- value" or "- key: value" a line, nothing nested.',
  },
  'lane-invalid': {
    meaning: 'A lane names directories and refs; this name cannot.',
    fix: 'Use lower-case letters, digits, "-" and "_", starting with a letter or digit.',
  },
  'live-proof-simulated': {
    meaning:
      'A level from pilot-live on is a claim about something that runs; the local executor does no work.',
    fix: 'Choose another executor, or promote to an earlier level.',
  },
  'matrix-without-keeper': {
    meaning: 'Only the documentation agent changes the component matrix, and here it could not.',
    fix: 'Add a documentation agent, or take the matrix out of the other agent’s ownership.',
  },
  'missing-agent-components': {
    meaning: 'From the configured wave on, every implementation agent says which components it works on.',
    fix: 'Add a ### Components section with a bullet for each.',
  },
  'missing-component-promotions': {
    meaning: 'From the configured wave on, every wave says which components it promotes.',
    fix: 'Add ## Component promotions with one "- <component>: <level>" bullet a line.',
  },
  'missing-cont-qa': {
    meaning: 'No agent has the id of the cont-QA role, and only cont-QA can close a wave.',
    fix: 'Add the agent; its id is roles.contQaAgentId of the configuration (A0 unless changed).',
  },
  'missing-eval-targets': {
    meaning: 'The wave has a cont-EVAL agent and says nothing that it could judge.',
    fix: 'Add ## Eval targets, or remove the agent.',
  },
  'missing-ownership': {
    meaning: 'The prompt does not say which paths the agent may touch.',
    fix: 'Add a line "File ownership (only touch these paths):" to the prompt, and one "- path" bullet a line.',
  },
  'missing-prompt': {
    meaning: 'The agent has no ### Prompt section.',
    fix: 'Add "### Prompt" and a fenced block under it.',
  },
  'missing-proof-artifacts': {
    meaning: 'A level from pilot-live on needs proof that lies in the repository, and the owner names none.',
    fix: 'Add ### Proof artifacts with the files that prove it.',
  },
  'missing-report-path': {
    meaning: 'A judging agent owns no file that is recognised as its report.',
    fix: 'Let it own a .md file named after its role, for example docs/reviews/wave-3-cont-qa.md.',
  },
  'missing-required-role': {
    meaning: 'The base branch requires a closure role that the wave has no agent for.',
    fix: 'Add an agent with the id (or, for security, the capability) of that role.',
  },
  'missing-rollback-evidence': {
    meaning: 'A level from pilot-live on needs a way back, and no proof artifact shows one.',
    fix: 'Declare a proof artifact whose path or kind names a rollback or a restart.',
  },
  'nesting-too-deep': {
    meaning: 'A line nests quotes or lists deeper than any text needs; the file was not read.',
    fix: 'Flatten the line.',
  },
  'no-agents': {
    meaning: 'The wave file has no agent header.',
    fix: 'Add "## Agent <id>: <title>" sections.',
  },
  'ownership-item-malformed': {
    meaning: 'A line in the "File ownership" block looks like one of its items but is not read as one.',
    fix: 'Write one "- path" bullet a line.',
  },
  'ownership-overlap': {
    meaning: 'Two agents may write the same path, so their patches could collide.',
    fix: "Give each path to one agent. Only a steward's report may lie in the directory of another agent.",
  },
  'path-invalid': {
    meaning:
      'A path is not one inside the repository: it is absolute, has "..", a backslash, .git or a wildcard.',
    fix: 'Write the path from the root of the repository with "/", naming a file or a folder ending in "/".',
  },
  'path-with-note': {
    meaning: 'A bullet holds more than a path; the note would become part of the path.',
    fix: 'Remove the note; put a path that has spaces into backticks.',
  },
  'policy-weaker-than-base': {
    meaning:
      'The configuration of this branch asks for less than the base branch. The base branch is the law.',
    fix: 'Ask for at least as much; to weaken the policy, merge that change first and on its own.',
  },
  'promotion-behind-matrix': {
    meaning: 'The component is already beyond the level the wave promotes it to.',
    fix: 'Promote it further, or leave it out; of a wave that closed long ago this is no concern.',
  },
  'promotion-differs-from-matrix': {
    meaning: 'The wave and the component matrix plan different promotions for this wave.',
    fix: 'Make the two agree.',
  },
  'promotion-skips-levels': {
    meaning: 'The component goes up more than one level in one wave; landing code is not promotion.',
    fix: 'Promote it one level at a time, each with its proof.',
  },
  'promotion-without-owner': {
    meaning: 'A component is promoted and no implementation agent owns it, so nobody can prove it.',
    fix: 'List it under the ### Components of the agent that brings it there.',
  },
  'prompt-empty': {
    meaning: 'The fenced block of the prompt is empty.',
    fix: 'Say what the agent is to do.',
  },
  'prompt-text-outside-fence': {
    meaning: 'The prompt section has text outside its fenced block, which the agent never sees.',
    fix: 'Move it into the fence; around a prompt with ``` fences use a longer fence (````).',
  },
  'prompt-without-fence': {
    meaning: 'The prompt is not in a fenced block.',
    fix: 'Put it between two lines of three backticks.',
  },
  'prose-in-list': {
    meaning: 'A section that is a list holds something that is not a bullet, and it would not be read.',
    fix: 'Make it a bullet, or put a note into an HTML comment or a quote.',
  },
  'protected-path-owned': {
    meaning: 'An agent owns a path that the base branch protects from patches.',
    fix: 'Remove it from the ownership and change the file by hand.',
  },
  'role-conflict': {
    meaning: 'One agent would have two roles, and would judge its own work.',
    fix: 'Give each role an agent of its own.',
  },
  'role-id-case': {
    meaning:
      'An agent id equals the id of a closure role but for letter case, so the agent would not have the role.',
    fix: 'Write the id as configured, or choose another one.',
  },
  'role-prompt-missing': {
    meaning: 'The role prompt that an agent imports does not exist.',
    fix: 'Add the file or remove the line.',
  },
  'role-prompt-path': {
    meaning: 'Role prompts are Markdown files in the configured directory (roles.rolePromptDir).',
    fix: 'Move the file there, or correct the path.',
  },
  'role-prompt-without-standing-prompt': {
    meaning: 'A role prompt file has no fenced block under "## Standing prompt".',
    fix: 'Add the heading and a fenced block under it.',
  },
  'section-outside-agent': {
    meaning: 'An agent section stands after a heading that ended the agent, or before the first agent.',
    fix: 'Move it under the agent header it belongs to.',
  },
  'section-wrong-level': {
    meaning: 'A heading has the name of a section but the wrong number of #.',
    fix: 'Sections of the wave start with ##, sections of an agent with ###.',
  },
  'simulated-not-allowed': {
    meaning: 'The executor does no model work (local, command), and the base branch takes no simulated work.',
    fix: 'Choose another executor, or set policy.allowSimulated on the base branch.',
  },
  'budget-above-cap': {
    meaning: 'An agent may spend more than the base branch allows for the whole wave.',
    fix: 'Ask for less in budget.tokens, budget.cost or timeout.',
  },
  'budget-missing': {
    meaning:
      'The base branch caps what a wave may spend, and an agent has no ceiling: it could break the cap alone.',
    fix: 'Add budget.tokens or budget.cost to its "### Executor", or executors.budget to the configuration.',
  },
  'budget-not-enforceable': {
    meaning:
      'The base branch caps something that the agent’s executor, or one of its fallbacks, does not report.',
    fix: 'Choose an executor that reports it, or cap something else on the base branch.',
  },
  'timeout-above-cap': {
    meaning: 'A time asked for is longer than policy.maxAgentMinutes of the base branch.',
    fix: 'Ask for less, or raise the cap on the base branch.',
  },
  'title-number-mismatch': {
    meaning: 'The title names another wave number than the file name. Only the file name counts.',
    fix: 'Correct the title or rename the file.',
  },
  'too-many-agents': {
    meaning: 'The wave has more agents than policy.maxAgents of the base branch.',
    fix: 'Split the wave.',
  },
  'unclosed-fence': {
    meaning: 'A code fence is never closed, so all that follows is inside it.',
    fix: 'Close it with the same run of backticks; a fence that holds fences needs a longer one.',
  },
  'unclosed-html': {
    meaning: 'An HTML comment or block is never closed, so all that follows is inside it.',
    fix: 'Close it; a comment ends with -->.',
  },
  'unknown-benchmark': {
    meaning: 'A benchmark or a family is not in the benchmark catalog.',
    fix: 'Correct the spelling, or add it to the catalog first.',
  },
  'unknown-component': {
    meaning: 'A component is not in the component matrix.',
    fix: 'Correct the spelling, or add it to the matrix at its present level first.',
  },
  'unknown-key': {
    meaning: 'A key is not known in its section.',
    fix: 'Correct the spelling or remove the line.',
  },
  'unknown-maturity-level': {
    meaning: 'A level is not one of the maturity levels.',
    fix: 'Write one of the listed levels.',
  },
  'unknown-section': {
    meaning:
      'A heading is not a known section. One that is nearly known is an error, since it was meant to count.',
    fix: 'Write the heading exactly as expected.',
  },
  'verify-malformed': {
    meaning: 'A Verify command could not be split into arguments.',
    fix: 'Correct the quoting.',
  },
  'verify-needs-shell': {
    meaning:
      'Verify commands run without a shell; pipes, redirections, lists, variables and substitution do nothing.',
    fix: 'Put the command line into a script in the repository and run the script.',
  },
  'verify-program-not-allowed': {
    meaning: 'The first word of a Verify command is not in policy.verifyPrograms of the base branch.',
    fix: 'Run it through an allowed program (npm run, make …), or allow the program on the base branch.',
  },
  'wave-file-missing': { meaning: 'The wave file was not found.', fix: 'Check the path and the lane.' },
  'wave-file-name': {
    meaning: 'The wave number comes from the file name, and this name has none.',
    fix: 'Name the file wave-<number>.md.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** Null for a code this room does not emit. */
export function explain(code: string): Explanation | null {
  return Object.hasOwn(DIAGNOSTIC_CODES, code) ? DIAGNOSTIC_CODES[code as DiagnosticCode] : null;
}
