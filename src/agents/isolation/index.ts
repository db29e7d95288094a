/** Whose power foreign code runs with: ours (`none`), or a user's made for it alone (`user`), proven by trying. */
export { type Account, type Command, OWN_ACCOUNT, ownAccount } from './account.ts';
export { type AgentPlace, ownFolders, placeIn } from './place.ts';
export type { Demands, Proof } from './proof.ts';
export { everybodyChanges, everybodyReads, shutPath } from './reach.ts';
export {
  type Opened,
  openUserAccount,
  removeStaleAccounts,
  type UserAccount,
  userIsolationProblem,
} from './user-account.ts';
