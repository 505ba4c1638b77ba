import type { User } from '../roles/types.ts';
import type { Users } from '../roles/users.ts';
import type { Asker } from '../transport/asker.ts';

export function users(ask: Asker, account: () => Promise<User>): Users {
  return {
    getBotAccount: account,
    botUser: async () => (await account()).login,
    isBot: async (login) => {
      const bot = (await account()).login.toLowerCase();
      const asked = login.toLowerCase();
      return asked === bot || (bot.endsWith('[bot]') && `${asked}[bot]` === bot);
    },
    getUser: ({ login }) => ask.find<User>('GET /users/{username}', { username: login }),
  };
}
