import type { Plugin } from '../../plugin.ts';
import { handleMention, handlePush } from './handle.ts';
import { slackEventsHelp } from './help.ts';

/** upstream: pkg/plugins/slackevents */
export const slackevents: Plugin = { name: 'slackevents', help: slackEventsHelp, onComment: handleMention, wantsComment: ({ action, body }) => action === 'created' && body.includes('@kubernetes/sig-'), onPush: handlePush };
