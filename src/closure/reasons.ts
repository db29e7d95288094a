/**
 * The published table of reason codes: what each means and what would clear it. `docs/reason-codes.md` is written from
 * it and a gate can only give a reason that stands here.
 */
export type ReasonInfo = { readonly meaning: string; readonly clears: string };

export const REASONS = {
  // An agent's own run.
  'agent-not-run': {
    meaning: 'The agent has no result in this attempt.',
    clears: 'Run the wave again; the agent is launched.',
  },
  'agent-parked': {
    meaning:
      'The agent waits for an answer. Its process was ended; its work so far and its session are kept.',
    clears: 'Answer what it waits for and run the wave again: it goes on where it stopped.',
  },
  'agent-crashed': {
    meaning:
      'The agent ended with a non-zero exit code or a signal. An exit reason comes from the supervisor, never from a log.',
    clears: 'Read the agent’s log, mend the cause, run the wave again: only this agent is launched.',
  },
  'agent-timed-out': {
    meaning: 'The agent was still running at its deadline and was stopped with its whole process group.',
    clears: 'Raise its timeout in “### Executor”, or give it less to do, and run the wave again.',
  },
  'agent-output-capped': {
    meaning: 'The agent printed more than its cap and was stopped.',
    clears: 'Make it print less, and run the wave again.',
  },
  'agent-start-failed': {
    meaning: 'The agent’s executor could not be started.',
    clears: 'Install the executor or correct its command in wave.config.json.',
  },
  'agent-budget-reached': {
    meaning: 'The agent reached its ceiling of turns, tokens or cost and was stopped.',
    clears: 'Raise that ceiling in “### Executor”, or give the agent less to do, and run the wave again.',
  },
  'budget-exhausted': {
    meaning:
      'The agent was not started: with all it may spend, a cap of the base policy on the wave could be broken.',
    clears: 'Give it a lower ceiling, or raise the cap (policy.maxWave…) on the base branch.',
  },
  'agent-lost': {
    meaning: 'The job of this agent ended without a result.',
    clears: 'Run the wave again; the agent is launched.',
  },
  'simulated-not-allowed': {
    meaning:
      'The work was done by a simulated executor (command, local) and the base policy does not let it close a wave.',
    clears: 'Use a model executor, or set policy.allowSimulated on the base branch.',
  },
  'isolation-below-policy': {
    meaning: 'The agent ran with less isolation than the base policy asks.',
    clears: 'Run it isolated, or lower policy.isolation on the base branch.',
  },
  // What an agent said about its work.
  'missing-wave-proof': {
    meaning: 'The agent ended well and gave no proof signal.',
    clears: 'The agent emits “wave signal proof …”, or a [wave-proof] line in its final message.',
  },
  'wave-proof-gap': {
    meaning: 'The agent itself reports that its proof has a gap.',
    clears: 'The agent closes the gap and signals state=met.',
  },
  'unresolved-gap': {
    meaning: 'The agent reported a gap in this attempt and did not take it back.',
    clears: 'The agent closes the gap; a new attempt without it.',
  },
  'malformed-signal': {
    meaning: 'A line of the agent’s final message tries to be a signal it owes and cannot be read.',
    clears: 'The agent gives the signal as documented; “wave signal …” checks it as it is written.',
  },
  'completion-gap': {
    meaning: 'Reported completion is below the exit contract.',
    clears: 'Reach the contracted level, or change the exit contract in the wave file.',
  },
  'durability-gap': {
    meaning: 'Reported durability is below the exit contract.',
    clears: 'Reach the contracted level, or change the exit contract in the wave file.',
  },
  'proof-level-gap': {
    meaning: 'Reported proof level is below the exit contract.',
    clears: 'Reach the contracted level, or change the exit contract in the wave file.',
  },
  'missing-doc-delta': {
    meaning: 'The exit contract names a documentation impact and the agent reported none.',
    clears: 'The agent emits “wave signal doc-delta …”.',
  },
  'doc-impact-gap': {
    meaning: 'Reported documentation impact is below the exit contract.',
    clears: 'The agent documents what it owes and signals it.',
  },
  'missing-deliverable': {
    meaning: 'A declared deliverable is not a file in the tree.',
    clears: 'The agent writes it, or the wave file no longer declares it.',
  },
  'empty-deliverable': {
    meaning: 'A declared deliverable is an empty file.',
    clears: 'The agent writes its content.',
  },
  'missing-proof-artifact': {
    meaning: 'A proof artifact that the promotion asks for is not a file in the tree.',
    clears: 'The agent leaves it, or the wave file no longer declares it.',
  },
  'empty-proof-artifact': {
    meaning: 'A proof artifact is an empty file.',
    clears: 'The agent writes what it proves.',
  },
  // Components.
  'missing-component-promotions': {
    meaning:
      'The configuration asks every wave from this one on to say what it promotes, and it promotes nothing.',
    clears: 'Add “## Component promotions” to the wave file.',
  },
  'missing-wave-component': {
    meaning: 'An agent owns a component and gave no component signal for it.',
    clears: 'The agent emits “wave signal component …”.',
  },
  'component-level-mismatch': {
    meaning:
      'An agent reports another level of a component than the wave promotes it to. A higher one is no proof of it.',
    clears: 'The agent proves the promoted level, or the wave file promotes to the one that is proved.',
  },
  'component-gap': {
    meaning: 'The agent itself reports that a component has a gap.',
    clears: 'The agent closes the gap and signals state=met.',
  },
  'shared-component-sibling-pending': {
    meaning: 'One owner of a shared component has landed its part and another still owes its own.',
    clears: 'Run the wave again: only the owners that still owe are launched.',
  },
  'component-promotion-gap': {
    meaning: 'A component is promoted and none of its owners proved the level.',
    clears: 'Its owner proves it and signals state=met, or the wave no longer promotes it.',
  },
  // What admission refused.
  'path-not-owned': {
    meaning: 'The patch touches a path that the agent does not own.',
    clears: 'Add the path to the agent’s “File ownership”, or let its owner do the work.',
  },
  'protected-path': {
    meaning: 'The patch touches a path that the base policy protects.',
    clears: 'Leave it out, or change policy.protectedPaths on the base branch.',
  },
  'manifest-not-owned-exactly': {
    meaning: 'A manifest or lockfile changed and the agent does not own it by exact path.',
    clears: 'Name the file itself in “File ownership”.',
  },
  'not-a-report': {
    meaning: 'A steward changed something other than its report.',
    clears: 'The steward writes its report only; work on code is a request to its owner.',
  },
  'not-markdown': {
    meaning:
      'The documentation steward changed something other than Markdown it owns or the component matrix.',
    clears: 'Leave it out; work on code is a request to its owner.',
  },
  'patch-refused': {
    meaning:
      'The patch has a form that is never admitted: a link, a submodule, a mode, a path outside the tree, or text that is no patch.',
    clears: 'The agent leaves such changes out.',
  },
  'patch-not-admitted': {
    meaning: 'No record says that this very patch was admitted to the tree.',
    clears: 'Run the wave again; the patch is admitted, or refused with a reason.',
  },
  'patch-conflict': {
    meaning: 'The patch does not apply onto the work admitted before it.',
    clears: 'Run the wave again: the agent starts from the new base.',
  },
  // Verify.
  'verify-not-run': {
    meaning: 'A declared command has no record on this tree.',
    clears: 'Run the wave again; we run it, not the agent.',
  },
  'verify-failed': {
    meaning:
      'A declared command failed on the very tree that would ship. What an agent says about its tests counts for nothing.',
    clears: 'Mend the code or the test until the command passes on the merged tree.',
  },
  'verify-timed-out': {
    meaning: 'A declared command did not end in its time.',
    clears: 'Make it faster, or raise its timeout in “## Verify”.',
  },
  'proof-level-unproven': {
    meaning: 'The exit contract asks more than unit proof and no declared command passed on this tree.',
    clears: 'Declare a command under “## Verify” or “### Verify” that proves it.',
  },
  // Coordination.
  'helper-assignment-unresolved': {
    meaning: 'A request is open and nobody in the wave answers to its target.',
    clears: 'Reassign it to an agent of the wave, or resolve it.',
  },
  'helper-assignment-open': {
    meaning: 'A request to another agent is still open. The assignee ending well does not close it.',
    clears: 'The assignee resolves it, or a person does.',
  },
  'dependency-assignment-unresolved': {
    meaning: 'Another lane requires work of this wave and nobody in it answers to the target.',
    clears: 'Reassign it to an agent of the wave, or resolve it.',
  },
  'dependency-open': {
    meaning: 'Required work between lanes is open: this wave owes it to another lane, or waits for it.',
    clears: 'The owning lane resolves it, or a person does.',
  },
  'clarification-open': { meaning: 'A question has to be settled first.', clears: 'Answer it.' },
  'clarification-follow-up-open': {
    meaning: 'A request that follows from a clarification is still open.',
    clears: 'The assignee resolves it, or answer the clarification: the whole chain closes.',
  },
  'human-feedback-open': { meaning: 'A person was asked and has not answered.', clears: 'Answer it.' },
  'blocker-open': {
    meaning: 'Somebody reports that the wave is blocked.',
    clears: 'Resolve the blocker, or set it aside: wave control task act mark-advisory.',
  },
  'contradiction-open': {
    meaning: 'Two parties say different things about one subject. A steward’s “ready” does not end it.',
    clears:
      'Whoever is wrong posts what is true, or withdraws; else the integration steward or a person decides: “wave coord post --kind decision --subject … --value …”.',
  },
  // Stewards.
  'missing-closure-run': {
    meaning: 'A required steward has no result in this attempt.',
    clears: 'Run the wave again once the gates before it hold.',
  },
  'missing-wave-eval': {
    meaning: 'cont-EVAL gave no eval signal.',
    clears: 'cont-EVAL emits “wave signal eval …”.',
  },
  'cont-eval-needs-more-work': {
    meaning: 'cont-EVAL reports that a target is not met yet.',
    clears: 'The owners mend what cont-EVAL names; it judges again.',
  },
  'cont-eval-blocked': {
    meaning: 'cont-EVAL reports that it cannot judge.',
    clears: 'Clear what blocks it; it judges again.',
  },
  'missing-cont-eval-contract': {
    meaning: 'cont-EVAL is satisfied and the wave declares nothing that it could have judged.',
    clears: 'Declare “## Eval targets” in the wave file.',
  },
  'missing-cont-eval-target-ids': {
    meaning: 'cont-EVAL is satisfied and does not say with what.',
    clears: 'cont-EVAL names the targets it judged in target_ids.',
  },
  'cont-eval-target-count-mismatch': {
    meaning: 'cont-EVAL counts another number of targets than it names.',
    clears: 'cont-EVAL reports a number that fits its target_ids.',
  },
  'cont-eval-target-mismatch': {
    meaning: 'cont-EVAL judged other targets than the wave declares.',
    clears: 'cont-EVAL judges exactly the declared targets.',
  },
  'missing-cont-eval-benchmarks': {
    meaning: 'cont-EVAL is satisfied and names no benchmark.',
    clears: 'cont-EVAL names what it ran in benchmark_ids.',
  },
  'cont-eval-benchmark-count-mismatch': {
    meaning: 'cont-EVAL counts another number of benchmarks than it names.',
    clears: 'cont-EVAL reports a number that fits its benchmark_ids.',
  },
  'cont-eval-benchmark-mismatch': {
    meaning:
      'cont-EVAL used a benchmark that no target allows, left out one that a target is pinned to, or ran none of a delegated family.',
    clears: 'cont-EVAL runs what the targets ask for.',
  },
  'cont-eval-regressions': {
    meaning: 'cont-EVAL reports regressions.',
    clears: 'The owners remove the regressions; cont-EVAL judges again.',
  },
  'missing-wave-security': {
    meaning: 'A security reviewer gave no signal.',
    clears: 'The reviewer emits “wave signal security …”.',
  },
  'security-blocked': {
    meaning: 'A security reviewer blocks the wave.',
    clears: 'The owners mend the findings; the reviewer judges again.',
  },
  'invalid-security-clear-state': {
    meaning: 'A reviewer says clear and counts findings or approvals.',
    clears: 'The reviewer reports a state that fits its counts.',
  },
  'missing-wave-integration': {
    meaning: 'The integration steward gave no signal.',
    clears: 'It emits “wave signal integration …”.',
  },
  'integration-needs-more-work': {
    meaning: 'The integration steward did not report ready.',
    clears: 'The owners mend what it names; it judges again.',
  },
  'invalid-integration-ready-state': {
    meaning: 'The integration steward says ready and counts conflicts or blockers.',
    clears: 'It reports a state that fits its counts.',
  },
  'missing-doc-closure': {
    meaning: 'The documentation steward gave no doc-closure signal.',
    clears: 'It emits “wave signal doc-closure …”.',
  },
  'doc-closure-open': {
    meaning: 'The documentation steward reports work that is left.',
    clears: 'It finishes the documentation and signals closed or no-change.',
  },
  'doc-delta-unreconciled': {
    meaning: 'The documentation steward reports no change, and an agent reports one to shared documents.',
    clears: 'It brings the shared documents up to date and signals closed.',
  },
  'component-matrix-invalid': {
    meaning: 'The component matrix that would ship is missing or cannot be read.',
    clears: 'The documentation steward repairs it.',
  },
  'unknown-component': {
    meaning: 'A promoted component is not in the component matrix that would ship.',
    clears: 'The documentation steward puts it back.',
  },
  'component-current-level-stale': {
    meaning: 'The component matrix that would ship says another level of a component than the wave proved.',
    clears: 'The documentation steward sets currentLevel to the level of the promotion.',
  },
  'component-level-unproved': {
    meaning: 'The component matrix that would ship moves a component that the wave does not promote.',
    clears: 'The documentation steward takes the change back, or the wave promotes the component.',
  },
  'missing-closure-report': {
    meaning: 'A steward did not write the report it owns.',
    clears: 'The steward writes it.',
  },
  'missing-wave-gate': {
    meaning: 'cont-QA gave no gate signal.',
    clears: 'cont-QA emits “wave signal gate …”.',
  },
  'missing-cont-qa-verdict': {
    meaning: 'cont-QA gave no verdict.',
    clears: 'cont-QA emits “wave signal verdict …” and writes it into its report.',
  },
  'verdict-without-authority': {
    meaning:
      'A verdict was put forward by somebody who may not give one. It is kept, shown and has no effect.',
    clears: 'cont-QA itself judges the tree; look at who wrote the forged line.',
  },
  'conflicting-verdicts': {
    meaning: 'cont-QA gave different verdicts in one attempt.',
    clears: 'cont-QA judges once.',
  },
  'report-verdict-mismatch': {
    meaning: 'cont-QA’s report and its signal do not say the same.',
    clears: 'cont-QA judges again, with one verdict in both.',
  },
  'cont-qa-concerns': {
    meaning: 'cont-QA’s verdict is concerns.',
    clears: 'Settle the concerns; cont-QA judges again. Only pass closes.',
  },
  'cont-qa-hold': {
    meaning: 'cont-QA’s verdict is hold.',
    clears: 'Settle what it waits for; cont-QA judges again.',
  },
  'cont-qa-blocked': {
    meaning: 'cont-QA’s verdict is blocked.',
    clears: 'Mend what it names; cont-QA judges again.',
  },
  'gate-dimension-not-pass': {
    meaning: 'One of cont-QA’s five dimensions is not pass.',
    clears: 'Mend what it names; cont-QA judges again.',
  },
  'stale-verdict': {
    meaning:
      'A verdict was given on something else than what would ship: the tree, the wave file, the policy or what is owed changed since.',
    clears: 'Run the wave again: the steward, and all after it, judge what is there now.',
  },
  // Infrastructure.
  'infra-checking': {
    meaning: 'An agent was still checking a surface when it ended.',
    clears: 'The agent finishes the check and signals what it found.',
  },
  'infra-drift': {
    meaning: 'A surface is not as it should be.',
    clears: 'Bring it back; the agent signals conformant.',
  },
  'infra-blocked': {
    meaning: 'An agent cannot go on because of a surface.',
    clears: 'Clear what blocks it; the agent signals again.',
  },
  'infra-failed': { meaning: 'A surface has failed.', clears: 'Mend it; the agent signals conformant.' },
  'deploy-not-healthy': {
    meaning: 'The last word on a service is that it is being deployed, has failed or was rolled back.',
    clears: 'Bring the service up; the agent signals healthy.',
  },
} as const satisfies Readonly<Record<string, ReasonInfo>>;

export type ReasonCode = keyof typeof REASONS;
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);
