// Every plugin there is. A plugin exists by being here.
import type { Plugin } from './plugin.ts';
import { approve } from './plugins/approve/index.ts';
import { assign } from './plugins/assign/index.ts';
import { help } from './plugins/help/index.ts';
import { hold } from './plugins/hold/index.ts';
import { label } from './plugins/label/index.ts';
import { lgtm } from './plugins/lgtm/index.ts';
import { lifecycle } from './plugins/lifecycle/index.ts';
import { retitle } from './plugins/retitle/index.ts';
import { size } from './plugins/size/index.ts';
import { trigger } from './plugins/trigger/index.ts';
import { wip } from './plugins/wip/index.ts';

export const builtInPlugins: readonly Plugin[] = [approve, assign, help, hold, label, lgtm, lifecycle, retitle, size, trigger, wip];
