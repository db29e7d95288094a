/**
 * Both ends of how an agent talks while it works: messages out, an inbox in. A door of its own, for `wave coord` and
 * `wave signal` start inside agents again and again and need nothing else of this room.
 */
export { type Inbox, readInbox, writeInbox } from './inbox.ts';
export {
  MAX_OUTBOX_MESSAGE,
  MAX_OUTBOX_MESSAGES,
  type OutboxRead,
  postToOutbox,
  readOutbox,
} from './outbox.ts';
