// Every plugin there is. A plugin exists by being here.
import type { Plugin } from './plugin.ts';
import { approve } from './plugins/approve/index.ts';
import { assign } from './plugins/assign/index.ts';
import { blockade } from './plugins/blockade/index.ts';
import { blunderbuss } from './plugins/blunderbuss/index.ts';
import { dco } from './plugins/dco/index.ts';
import { help } from './plugins/help/index.ts';
import { hold } from './plugins/hold/index.ts';
import { label } from './plugins/label/index.ts';
import { lgtm } from './plugins/lgtm/index.ts';
import { lifecycle } from './plugins/lifecycle/index.ts';
import { milestone } from './plugins/milestone/index.ts';
import { milestonestatus } from './plugins/milestonestatus/index.ts';
import { override } from './plugins/override/index.ts';
import { ownersLabel } from './plugins/owners-label/index.ts';
import { releaseNote } from './plugins/release-note/index.ts';
import { requireMatchingLabel } from './plugins/require-matching-label/index.ts';
import { retitle } from './plugins/retitle/index.ts';
import { size } from './plugins/size/index.ts';
import { skip } from './plugins/skip/index.ts';
import { trigger } from './plugins/trigger/index.ts';
import { verifyOwners } from './plugins/verify-owners/index.ts';
import { welcome } from './plugins/welcome/index.ts';
import { wip } from './plugins/wip/index.ts';

export const builtInPlugins: readonly Plugin[] = [
  approve, assign, blockade, blunderbuss, dco, help, hold, label, lgtm, lifecycle, milestone, milestonestatus, override, ownersLabel,
  releaseNote, requireMatchingLabel, retitle, size, skip, trigger, verifyOwners, welcome, wip,
];
