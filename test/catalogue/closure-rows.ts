/**
 * The catalogue of closure failures (closure.md §14), row by row: the test that would see it here, the room it belongs
 * to, or why it cannot happen in this design. `closure.test.ts` checks that every test named here is there.
 */
export type Row =
  /** File, and a part of the title of the test that is red when the failure is back. */
  | { readonly test: string; readonly title: string }
  /** Belongs to a room that has its own tests for it. */
  | { readonly room: string }
  /** Nothing of the kind exists here. */
  | { readonly absent: string };

const seen = (test: string, title: string): Row => ({ test, title });
const room = (name: string): Row => ({ room: name });
const absent = (why: string): Row => ({ absent: why });

const MESSAGE = 'src/agents/final-message.test.ts';
const FORMAT = 'src/journal/signal-format.test.ts';
const WORK = 'test/histories/work-refusals.ts';
const STEWARDS = 'test/histories/steward-refusals.ts';
const GATES = 'src/closure/gates/gates.test.ts';
const LESSONS = 'test/catalogue/closure-lessons.test.ts';
const SELECTION = 'src/closure/selection.test.ts';
const NEXT = 'src/closure/next.test.ts';
const WAVE = 'src/contract/wave.test.ts';
const PROMOTIONS = 'src/contract/promotions.test.ts';
const PROOF_BUNDLES = 'proof from outside (registration, revocation, bytes)';
const TRACE = 'trace and replay';
const RETRY = 'run: retry, rerun and executor fallback';

export const CLOSURE_ROWS: Readonly<Record<number, Row>> = {
  1: seen(MESSAGE, 'a mixed fence with a perfect marker is an example'),
  2: seen(MESSAGE, 'a single code span counts'),
  3: seen(MESSAGE, 'an unclosed fence hides what follows: missing, never faked'),
  4: seen(MESSAGE, 'list items count'),
  5: seen(MESSAGE, 'markers in JSON text are not lines'),
  6: seen(MESSAGE, 'row 6: state=complete is met and the original is kept'),
  7: seen(MESSAGE, 'reordered and extra keys count'),
  8: seen(WORK, '§14.8: a proof that cannot be read'),
  9: seen(MESSAGE, 'a quoted reference document is no signal'),
  10: seen(MESSAGE, 'row 10: detail cannot override, a duplicate key is malformed'),
  11: seen(FORMAT, '[wave-proof] state=MET proof=Unit completion=LIVE durability=durable'),
  12: seen(FORMAT, '[deploy-status] state=rolled-back service=@acme/api'),
  13: seen(MESSAGE, 'a foreign status line in a fence blocks nothing'),
  14: seen(WORK, '§14.14: a surface that blocks, masked by another that is fine'),
  15: seen(LESSONS, '§14.15'),
  16: seen(STEWARDS, '§14.16: pass and then blocked'),
  17: seen(STEWARDS, '§14.17: a report that says blocked'),
  18: seen(STEWARDS, '§14.18: hold is its own verdict'),
  19: seen(STEWARDS, '§14.19: live is a gap'),
  20: seen(WORK, '§14.20: proof met and a gap reported after it'),
  21: seen(WORK, '§14.113, §14.21: exit 0 and files, and no proof signal'),
  22: seen(FORMAT, 'what is valid survives being written and read'),

  23: seen(WAVE, 'a path that climbs out'),
  24: seen(SELECTION, '§14.24: exit 0 without a proof signal'),
  25: room(PROOF_BUNDLES),
  26: room(PROOF_BUNDLES),
  27: room(PROOF_BUNDLES),
  28: room(PROOF_BUNDLES),
  29: room(PROOF_BUNDLES),
  30: room(PROOF_BUNDLES),
  31: seen(LESSONS, '§14.31'),
  32: absent('no summary is kept: what an agent said is folded from its entries each time'),
  33: seen(WORK, '§14.33: a deliverable missing without an exit contract'),
  34: seen(WORK, '§14.34: a deliverable that is empty'),
  35: seen(GATES, '§14.35: another attempt'),
  36: seen(WORK, '§14.36: no doc-delta is not “none”'),
  37: absent('a missing signal is never argued away: `malformed-signal` says which line it was'),
  38: absent('there is no adjudication to reach'),
  39: seen(LESSONS, '§14.39'),
  40: seen(GATES, '§14.77: every failing owner is reported at once'),

  41: seen(NEXT, '§14.41, §14.49'),
  42: seen(STEWARDS, 'a verdict bound to no tree'),
  43: seen(STEWARDS, '§14.43: a required stage without a run'),
  44: seen(GATES, '§14.44: a stage the wave has not and nobody asks for holds'),
  45: seen(PROMOTIONS, '§14.45: each threshold acts alone'),
  46: seen(GATES, '§14.46, §14.48: roles are roles under any id'),
  47: seen(WAVE, "['role-conflict']"),
  48: seen(GATES, '§14.46, §14.48: roles are roles under any id'),
  49: seen(NEXT, '§14.41, §14.49'),
  50: seen(STEWARDS, '§14.50: another tree than cont-EVAL judged'),
  51: seen('src/state/contradictions.test.ts', '§14.51: when integration decides what holds'),
  52: seen(STEWARDS, '§14.52: ready with conflicts'),
  53: seen(STEWARDS, '§14.53: clear with findings'),
  54: absent('the first unmet stage stops the chain; the next attempt starts at it (design §7)'),
  55: seen(GATES, 'a wave without cont-QA never closes, whatever the policy says'),
  56: seen(LESSONS, '§14.56'),
  57: seen(GATES, '§14.57: a later stage is not asked when an earlier one failed'),
  58: seen('src/closure/deferral.test.ts', '§14.58'),
  59: room('run: several waves of a lane in order'),
  60: seen(WORK, '§14.60: a question whose routed request is open'),
  61: seen(LESSONS, '§14.61'),
  62: seen('src/state/coordination.test.ts', 'an answer given at one end stands at all of them'),
  63: seen(WORK, '§14.63: a hard blocker'),
  64: seen('src/views/blocking-edge.test.ts', 'then what the gates say, then nothing'),

  65: seen(LESSONS, '§14.65'),
  66: absent('no relaunch plan is kept: who runs is worked out from the journal each time'),
  67: absent('no relaunch plan is kept: who runs is worked out from the journal each time'),
  68: absent('no relaunch plan is kept: who runs is worked out from the journal each time'),
  69: absent('no relaunch plan is kept: who runs is worked out from the journal each time'),
  70: seen(LESSONS, '§14.70'),
  71: room(RETRY),
  72: room(RETRY),
  73: room(RETRY),
  74: seen(SELECTION, 'nothing is kept over another %s'),
  75: absent('a wave that was published stays published: nothing looks at it again'),
  76: seen(PROMOTIONS, '§14.76: a later wave went further, and the wave stays readable'),
  77: seen(GATES, '§14.77: every failing owner is reported at once'),
  78: room(RETRY),
  79: room(RETRY),
  80: seen('src/host/journal/directory-store.test.ts', 'are rebuilt byte for byte, and never read back'),
  81: room(RETRY),
  82: room(RETRY),
  83: seen(
    'src/agents/executors/run-model-cli.test.ts',
    'is judged by its structured error, not by words or an earlier try',
  ),
  84: seen('src/agents/supervisor.test.ts', 'words in the output decide nothing'),
  85: absent('no terminal session: the process is what runs'),
  86: seen(WORK, 'its job was lost'),
  87: seen('src/state/fold.test.ts', 'another run cannot add to an attempt'),
  88: absent('no history of runs is kept beside the journal'),
  89: seen(LESSONS, '§14.89'),
  90: room('state: triage and waiting'),
  91: room('agents: isolation and keys'),
  92: room('contract: executor settings'),
  93: room('agents: limits'),

  94: room(TRACE),
  95: room(TRACE),
  96: room(TRACE),
  97: seen(LESSONS, '§14.97'),
  98: room(TRACE),
  99: room(TRACE),
  100: seen('src/state/fold.test.ts', 'order and repetition of deliveries change nothing'),
  101: room(TRACE),
  102: room(TRACE),
  103: room(TRACE),
  104: seen('src/journal/codec.test.ts', 'gives every good line and names every bad one'),
  105: seen('src/state/fold.test.ts', 'time written by a skewed clock orders nothing (W4)'),
  106: room('agents: executors'),
  107: room(TRACE),

  108: seen('src/closure/deferral.test.ts', '§14.108'),
  109: seen(PROMOTIONS, '§14.109: two levels at once'),
  110: seen(PROMOTIONS, '§14.110: a level from pilot-live on'),
  111: seen(WORK, '§14.111: a deliverable that is not in the tree'),
  112: seen(WORK, '§14.112: a claim that evidence contradicts, whatever integration says'),
  113: seen(WORK, '§14.113, §14.21: exit 0 and files, and no proof signal'),
};
