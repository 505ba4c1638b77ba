import type { User } from './types.ts';

/** Accounts. */
export interface Users {
  /** The login this client acts as (`app-slug[bot]` with App authentication). Asked once, then remembered. */
  botUser(): Promise<string>;
  /** Whether a login is this client's own, without regard to case; App logins match with and without `[bot]`. */
  isBot(login: string): Promise<boolean>;
  /** The account this client acts as. */
  getBotAccount(): Promise<User>;
  /** Undefined when there is none. */
  getUser(query: { login: string }): Promise<User | undefined>;
}
