export { html, Html, link } from './html.ts';
export { ago, clockTime, contentSecurityPolicy, duration, page } from './layout.ts';
export type { Navigation, Page } from './layout.ts';
