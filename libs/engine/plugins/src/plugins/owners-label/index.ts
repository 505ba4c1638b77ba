import type { Plugin } from '../../plugin.ts';
import { handleOwnersLabel } from './handle.ts';
import { ownersLabelHelp } from './help.ts';

export const ownersLabel: Plugin = { name: 'owners-label', help: ownersLabelHelp, onPullRequest: handleOwnersLabel };
