/**
 * What an agent's work has to pass to become part of a tree: the patch is cut from its worktree without trusting
 * anything in it, read strictly, asked every rule, applied in a fresh index, and checked again on the result.
 */
export {
  type Admission,
  type AdmissionScratch,
  type Examined,
  type ExamineRequest,
  examine,
  place,
} from './admit.ts';
export { type PatchChange, REFUSAL_CODES, type Refusal, type RefusalCode } from './change.ts';
export { type Extracted, extractPatch } from './extract.ts';
export { PATCH_LIMITS, type ParsedPatch, parsePatch } from './parse-patch.ts';
export { type AdmissionContext, admissionRefusals } from './rules.ts';
